/** @jsxImportSource hono/jsx */
/** The frame of the pages a person does something on. They hold a moment's state and secrets of one person: nothing keeps a copy. */
import type { Child } from "hono/jsx";
import { Layout, PAGE_SECURITY_POLICY } from "./layout.tsx";

export const PAGE_HEADERS = { "Content-Security-Policy": PAGE_SECURITY_POLICY, "Cache-Control": "no-store" };

type Props = { title: string; children?: Child };

export function Site({ title, children }: Props) {
  return (
    <Layout title={`${title} · instanode`} stylesheet="/docs/site.css">
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header>
        <a href="/" class="brand">
          instanode
        </a>
        <nav aria-label="Main">
          <a href="/docs">Docs</a>
          <a href="/login">Account</a>
        </nav>
      </header>
      <main id="content">
        <h1>{title}</h1>
        {children}
      </main>
    </Layout>
  );
}
