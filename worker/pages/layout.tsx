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

type Props = { title: string; stylesheet?: string; head?: Child; children?: Child };

export function Layout({ title, stylesheet = "/docs/style.css", head, children }: Props) {
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <link rel="icon" type="image/png" href="/docs/favicon-32x32.png" />
        {head}
        <link rel="stylesheet" href={stylesheet} />
      </head>
      <body>{children}</body>
    </html>
  );
  // Without it browsers fall back to the layout rules of 1998.
  return html`<!DOCTYPE html>${page}`;
}
