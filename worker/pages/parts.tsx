/** @jsxImportSource hono/jsx */
/** Small parts that several pages share. */

import type { Child } from "hono/jsx";
import { KINDS, type ResourceKind } from "../../contract/kinds.ts";
import { shownMoment } from "./format.ts";

/** Adds the copy button to every `Copyable`. */
export const COPY_SCRIPT = "/docs/copy.js";

/** Text to copy. */
export function Copyable({ text }: { text: string }) {
  return (
    <div class="copyable">
      <pre>{text}</pre>
    </div>
  );
}

export type Tone = "good" | "warn" | "bad";

export function Notice({ tone, children }: { tone?: Tone; children: Child }) {
  return (
    <div class={`notice ${tone ?? ""}`} role={tone === "bad" ? "alert" : "status"}>
      {children}
    </div>
  );
}

/** A time in words; the exact time is its tooltip. */
export function Moment({ iso, children }: { iso: string; children: Child }) {
  return (
    <time datetime={iso} title={shownMoment(iso)}>
      {children}
    </time>
  );
}

/** The curl that creates one, as the documentation prints it. */
export function createCurl(publicUrl: string, kind: ResourceKind): string {
  const { path, words } = KINDS[kind];
  return `curl -X POST ${publicUrl}${path} \\
  -H "Content-Type: application/json" \\
  -d '{"name":"${words.example}"}'`;
}
