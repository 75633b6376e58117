/** Identifies one state of the sources. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

const KEY_LENGTH = 16;

export interface Sources {
  /** Files or folders below the root; what is missing counts as empty. */
  include: readonly string[];
  /** Generated from the others, so they are left out. */
  generated: readonly string[];
  /** Further input of the build. */
  extra: string;
}

/** A hash over the names and contents of the sources. */
export function sourceKey(root: string, { include, generated, extra }: Sources): string {
  const hash = createHash("sha256").update(extra);
  const files = include.flatMap((path) => filesOf(root, path)).filter((file) => !generated.some((path) => file.startsWith(path)));
  for (const file of files) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex").slice(0, KEY_LENGTH);
}

function filesOf(root: string, path: string): string[] {
  if (!existsSync(join(root, path))) return [];
  if (statSync(join(root, path)).isFile()) return [path];
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}
