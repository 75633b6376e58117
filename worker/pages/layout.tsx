/** @jsxImportSource hono/jsx */
/** The frame of every page the Worker renders. */
import { html } from "hono/html";
import type { Child } from "hono/jsx";

/** A page loads from this site only, and contains no inline script or style. */
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
  // Without it browsers use quirks mode.
  return html`<!DOCTYPE html>${page}`;
}
