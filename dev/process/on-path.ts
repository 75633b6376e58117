/** Programs of this machine. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** First place on the PATH that holds the program `name`. */
export function onPath(name: string, path: string = process.env.PATH ?? ""): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** util-linux, so on every Debian; not on macOS. */
export const hasSetpriv = (): boolean => process.platform === "linux" && onPath("setpriv") !== undefined;
