/** @jsxImportSource hono/jsx */
/** The frame of every page the Worker renders. */
import { html } from "hono/html";
import type { Child } from "hono/jsx";

/** Everything a page loads comes from here, and no script or style stands inside it. */
export const PAGE_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join("; ");

type Props = { title: string; stylesheets?: readonly string[]; bodyClass?: string; head?: Child; children?: Child };

export function Layout({ title, stylesheets = ["/docs/style.css"], bodyClass, head, children }: Props) {
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <link rel="icon" type="image/svg+xml" href="/docs/icon.svg" />
        {head}
        {stylesheets.map((href) => (
          <link rel="stylesheet" href={href} />
        ))}
      </head>
      <body class={bodyClass}>{children}</body>
    </html>
  );
  // Without it browsers fall back to the layout rules of 1998.
  return html`<!DOCTYPE html>${page}`;
}
