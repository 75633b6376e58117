/** Runs shell text as a reader of the documentation would paste it, against the stack under test. */
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { execa } from "execa";

const TIMEOUT_MS = 30_000;
const DEBIAN_BINARIES = "/usr/lib/postgresql";
/** Wherever the documentation says the API is. */
const PUBLISHED = /https:\/\/api\.instanode\.dev|http:\/\/(?:127\.0\.0\.1|localhost):8787/g;

export type Printed = { stdout: string; stderr: string; exitCode: number };

/** @param strict stop at the first failing command, a refused curl included; a reader's own shell does not */
export async function runShell(script: string, options: { apiUrl: string; shell?: "bash" | "sh"; strict?: boolean }): Promise<Printed> {
  const { apiUrl, shell = "bash", strict = false } = options;
  const refuse = 'set -euo pipefail\ncurl() { command curl --fail-with-body --show-error "$@"; }\n';
  const text = (strict ? refuse : "") + script.replaceAll(PUBLISHED, apiUrl);
  const { stdout, stderr, exitCode } = await execa(shell, ["-c", text], {
    env: { PATH: pathWithPostgres(), INSTANODE_URL: apiUrl, HOME: "/nonexistent", PGCONNECT_TIMEOUT: "10" },
    extendEnv: false,
    stdin: "ignore",
    timeout: TIMEOUT_MS,
    reject: false,
  });
  return { stdout, stderr, exitCode: exitCode ?? -1 };
}

/** Debian keeps PostgreSQL's programs off the PATH when only the server is installed. */
function pathWithPostgres(): string {
  const versions = existsSync(DEBIAN_BINARIES) ? readdirSync(DEBIAN_BINARIES).sort((a, b) => Number(b) - Number(a)) : [];
  return [process.env.PATH ?? "", ...versions.map((version) => join(DEBIAN_BINARIES, version, "bin"))].join(delimiter);
}

/** The programs of `names` this machine lacks. */
export function missingPrograms(names: readonly string[]): string[] {
  const folders = pathWithPostgres().split(delimiter);
  return names.filter((name) => !folders.some((folder) => isExecutable(join(folder, name))));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
