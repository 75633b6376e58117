/** What the documentation's examples use beside PostgreSQL's own programs. */
import { installPackages } from "../../dev/apt.ts";
import { lineProgress } from "../../dev/progress.ts";
import { missingPrograms } from "../support/shell.ts";

/** The Debian package of each. */
const PROGRAMS: Readonly<Record<string, string>> = { curl: "curl", jq: "jq", "redis-cli": "redis-tools" };

/** @throws SetupError that says what to install by hand */
export async function setup(): Promise<void> {
  const missing = missingPrograms(Object.keys(PROGRAMS)).map((program) => PROGRAMS[program] ?? program);
  if (missing.length > 0) await installPackages(missing, "the documentation's examples", lineProgress(process.stderr));
}
