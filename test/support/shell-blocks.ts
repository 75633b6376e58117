/** The runnable shell of a Markdown text: fenced `bash` blocks; one that must not run says so: ```bash no-run. */

export type ShellBlock = { line: number; code: string };

const FENCE = /^```bash(?<flags>[^\n]*)\n(?<code>[\s\S]*?)^```$/gm;

export function shellBlocks(markdown: string): ShellBlock[] {
  return [...markdown.matchAll(FENCE)]
    .filter(({ groups }) => !groups?.flags?.includes("no-run"))
    .map(({ index, groups }) => ({ line: markdown.slice(0, index).split("\n").length, code: groups?.code ?? "" }));
}
