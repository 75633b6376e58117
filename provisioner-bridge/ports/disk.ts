/** The disks of this machine. */
import { statfs } from "node:fs/promises";

/** How much of the file system at `path` is free, in percent. Null without a path. @throws when it cannot be read */
export async function diskFreePercent(path: string | undefined): Promise<number | null> {
  if (path === undefined) return null;
  const { bavail, blocks } = await statfs(path);
  return (bavail / blocks) * 100;
}
