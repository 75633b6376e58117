/** @jsxImportSource hono/jsx */
/** Small parts several pages are made of. */

import type { Child } from "hono/jsx";
import { KINDS, type ResourceKind } from "../../contract/kinds.ts";
import { shownMoment } from "./format.ts";

/** What gives every `Copyable` its button. */
export const COPY_SCRIPT = "/docs/copy.js";

/** Text to paste somewhere. */
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

/** A moment, in words; the moment itself is a pointer's hover away. */
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
