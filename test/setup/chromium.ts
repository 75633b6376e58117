/** The browser of the browser tests: Debian's own, driven by playwright-core, which brings none. */
import { installPackages } from "../../dev/apt.ts";
import { lineProgress } from "../../dev/progress.ts";

/** @throws SetupError that says what to install by hand */
export async function setup(): Promise<void> {
  await installPackages(["chromium"], "the browser tests", lineProgress(process.stderr));
}
