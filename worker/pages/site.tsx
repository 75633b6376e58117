/** @jsxImportSource hono/jsx */
/** The frame of interactive pages. They show current state and a person's secrets, so no cache stores them. */
import type { Child } from "hono/jsx";
import { build } from "../build.ts";
import { Layout, PAGE_SECURITY_POLICY } from "./layout.tsx";

export const PAGE_HEADERS = { "Content-Security-Policy": PAGE_SECURITY_POLICY, "Cache-Control": "no-store" };
/** A file under a URL of this build: browsers cache it for an hour, but not across builds. */
const ofThisBuild = (path: string): string => `${path}?v=${build.commitId.slice(0, 12)}`;

/** For pages that are the same for all visitors. */
export const PUBLIC_PAGE_HEADERS = { "Content-Security-Policy": PAGE_SECURITY_POLICY, "Cache-Control": "public, max-age=300" };

type FrameProps = {
  title: string;
  isWide?: boolean;
  /** Next to the brand. */
  aside: Child;
  /** Below it. */
  tabs?: Child;
  stylesheet?: string;
  /** Optional scripts: the page works without them. */
  scripts?: readonly string[];
  children?: Child;
};

export function Frame({ title, isWide = false, aside, tabs, stylesheet, scripts = [], children }: FrameProps) {
  const stylesheets = ["/docs/site.css", "/docs/forms.css", ...(stylesheet === undefined ? [] : [stylesheet])];
  const head = scripts.map((src) => <script src={ofThisBuild(src)} type="module" />);
  return (
    <Layout title={`${title} · instanode`} stylesheets={stylesheets.map(ofThisBuild)} bodyClass={isWide ? "wide" : ""} head={head}>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="edge">
        <div class="top">
          <a href="/" class="brand">
            instanode
          </a>
          {aside}
        </div>
        {tabs}
      </header>
      <main id="content">{children}</main>
      <footer>
        <nav aria-label="More">
          <ul>
            <li>
              <a href="/pricing">Pricing</a>
            </li>
            <li>
              <a href="/docs">API reference</a>
            </li>
            <li>
              <a href="/openapi.json">openapi.json</a>
            </li>
            <li>
              <a href="/readyz">Status</a>
            </li>
          </ul>
        </nav>
      </footer>
    </Layout>
  );
}

type Props = Omit<FrameProps, "aside" | "tabs"> & { current?: "/pricing" | "/docs"; heading?: boolean };

/** A page for visitors, signed in or not. `heading`: false when the page has its own. */
export function Site({ heading = true, current, children, ...frame }: Props) {
  return (
    <Frame {...frame} aside={<Navigation label="Main" links={PUBLIC_LINKS} current={current} />}>
      {heading ? <h1>{frame.title}</h1> : null}
      {children}
    </Frame>
  );
}

const PUBLIC_LINKS = [
  ["/pricing", "Pricing"],
  ["/docs", "Docs"],
  ["/dashboard", "Dashboard"],
] as const;

type Links = { label: string; links: ReadonlyArray<readonly [href: string, text: string]>; current: string | undefined; class?: string };

/** A list of links that marks the current page. */
export function Navigation({ label, links, current, class: name }: Links) {
  return (
    <nav class={name} aria-label={label}>
      <ul>
        {links.map(([href, text]) => (
          <li>
            <a href={href} aria-current={href === current ? "page" : undefined}>
              {text}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
