/** The runnable blocks of our own pages: every fence marked "bash", unless it says "bash no-run". */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FENCE = /^```bash([^\n]*)\n([\s\S]*?)^```$/gm;
const NOT_RUN = "no-run";

export type Block = { file: string; line: number; script: string };

export function runnableBlocks(): Block[] {
  const pages = ["README.md", "CONTRIBUTING.md", ...pagesIn("docs"), ...pagesIn("examples")];
  return pages.flatMap((file) => blocksOf(file, readFileSync(join(ROOT, file), "utf8")));
}

const pagesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name))
    .sort();

export function blocksOf(file: string, text: string): Block[] {
  return [...text.matchAll(FENCE)]
    .filter(([, info = ""]) => !info.trim().split(/\s+/).includes(NOT_RUN))
    .map((match) => ({ file, line: text.slice(0, match.index).split("\n").length, script: match[2] ?? "" }));
}
