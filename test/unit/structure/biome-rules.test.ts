/** Every rule of biome.json and lint/*.grit is proven on a file that breaks it, so that a rule switched off or misspelt is noticed. */
import { cpSync } from "node:fs";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { z } from "zod";
import { fixtureTree } from "./fixture-tree.ts";

const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 60;
const lines = (count: number, line: string): string => `${line}\n`.repeat(count);

const CLOCK = "The clock is read in its adapter only";
const RANDOM = "Randomness is drawn in its adapter only";
const ENVIRONMENT = "The environment is read in env.ts only";
const SQL = "SQL does not belong here";
const IMPORT = "Use an import statement";
const BY_IMPORT = "come from their adapter only, also by import";

/** File, text, and what Biome must say: a rule's name, or a part of the message. */
const BROKEN: readonly [file: string, source: string, says: string][] = [
  ["worker/services/now.ts", "export const now = Date.now();", CLOCK],
  ["worker/services/now-alias.ts", "export const now = Date.now;", CLOCK],
  ["contract/date.ts", "export const date = new Date();", CLOCK],
  ["durable-objects/date.ts", "export const date = new Date;", CLOCK],
  ["provisioner-bridge/date.ts", "export const date = Date();", CLOCK],
  ["provisioner-bridge/elapsed.ts", "export const at = performance.now();", CLOCK],
  ["worker/routes/random.ts", "export const at = Math.random();", RANDOM],
  ["worker/services/uuid.ts", "export const id = crypto.randomUUID();", RANDOM],
  ["worker/services/uuid-global.ts", "export const id = globalThis.crypto.randomUUID();", RANDOM],
  ["worker/ports/values.ts", "export const bytes = crypto.getRandomValues(new Uint8Array(8));", RANDOM],
  ["provisioner-bridge/bytes.ts", 'import crypto from "node:crypto";\nexport const bytes = crypto.randomBytes(8);', RANDOM],
  ["provisioner-bridge/bytes-import.ts", 'import { randomBytes } from "node:crypto";\nexport const bytes = randomBytes(8);', BY_IMPORT],
  ["provisioner-bridge/uuid-import.ts", 'import { randomUUID as id } from "node:crypto";\nexport const made = id();', BY_IMPORT],
  ["provisioner-bridge/environment.ts", "export const home = process.env.HOME;", ENVIRONMENT],
  [
    "worker/services/environment.ts",
    'import { env } from "cloudflare:workers";\nexport const url = env;',
    "The environment is read in env.ts only",
  ],
  ["provisioner-bridge/process.ts", 'import { env } from "node:process";\nexport const home = env;', BY_IMPORT],
  ["worker/routes/sql.ts", "const q = sql`SELECT id FROM resources WHERE id = 1`;", SQL],
  ["worker/services/sql.ts", 'const q = "insert into resources (id) values ($1)";', SQL],
  ["worker/cron/sql.ts", "const q = `\n  UPDATE resources SET status = 'dropping'`;", SQL],
  ["contract/sql.ts", `const q = (id: string) => \`with x as (select 1) \${id}\`;`, SQL],
  ["worker/routes/type.ts", 'export type X = import("../platform-db/x.ts").X;', IMPORT],
  ["contract/computed.ts", "export const x = (name: string) => import(name);", IMPORT],
  ["provisioner-bridge/dynamic.ts", 'export const x = import("../durable-objects/x.ts");', IMPORT],
  ["worker/inline-type.ts", 'import { type A } from "./type-cycle-a.ts";\nexport const x: A = [];', "lint/style/useImportType"],
  ["worker/broken.ts", "const = ;", "parse"],
  ["worker/long.ts", `${lines(MAX_FILE_LINES, "// a line")}export const last = 1;`, "lint/style/noExcessiveLinesPerFile"],
  [
    "worker/function.ts",
    `export function f(x: string[]) {\n${lines(MAX_FUNCTION_LINES + 1, '  x.push("");')}}\n`,
    "lint/complexity/noExcessiveLinesPerFunction",
  ],
  ["worker/cycle-a.ts", 'import { b } from "./cycle-b.ts";\nexport const a = () => b;', "lint/suspicious/noImportCycles"],
  ["worker/cycle-b.ts", 'import { a } from "./cycle-a.ts";\nexport const b = () => a;', "lint/suspicious/noImportCycles"],
  ["worker/type-cycle-a.ts", 'import type { B } from "./type-cycle-b.ts";\nexport type A = B[];', "lint/suspicious/noImportCycles"],
  ["worker/type-cycle-b.ts", 'import type { A } from "./type-cycle-a.ts";\nexport interface B { a: A }', "lint/suspicious/noImportCycles"],
  ["worker/any.ts", "export const f = (x: any) => x;", "lint/suspicious/noExplicitAny"],
  ["worker/default.ts", "export default 1;", "lint/style/noDefaultExport"],
  ["worker/enum.ts", "export enum E { A }", "lint/style/noEnum"],
  ["worker/bang.ts", "export const f = (x?: string) => x!.length;", "lint/style/noNonNullAssertion"],
  ["worker/floating.ts", "async function f() { await 1; }\nexport function g() { f(); }", "lint/nursery/noFloatingPromises"],
  ["worker/import-type.ts", 'import { A } from "./type-cycle-a.ts";\nexport const x: A = [];', "lint/style/useImportType"],
  ["worker/extension.ts", 'import { f } from "./any";\nexport const g = f;', "lint/correctness/useImportExtensions"],
  ["worker/unused.ts", 'import { f } from "./any.ts";', "lint/correctness/noUnusedImports"],
  ["test/only.test.ts", 'import { test } from "vitest";\ntest.only("x", () => undefined);', "lint/suspicious/noFocusedTests"],
];

/** Files that may do what the others may not. */
const ALLOWED: readonly [file: string, source: string][] = [
  ["worker/env.ts", "export const home = process.env.HOME;"],
  ["worker/ports/clock.ts", "export const now = () => Date.now();"],
  ["worker/ports/ids.ts", "export const id = () => crypto.randomUUID();"],
  ["durable-objects/runtime.ts", "export const now = () => Date.now();"],
  ["provisioner-bridge/env.ts", "export const home = process.env.HOME;"],
  ["provisioner-bridge/ports/clock.ts", "export const now = () => new Date();"],
  ["provisioner-bridge/ports/random.ts", 'import { randomBytes } from "node:crypto";\nexport const bytes = () => randomBytes(8);'],
  ["dev/now.ts", "export const now = Date.now();"],
  ["test/now.ts", "export const now = Date.now();"],
  ["worker/services/date-of.ts", "export const date = (at: number) => new Date(at);"],
  ["worker/index.ts", "export default {};"],
  ["worker/platform-db/sql.ts", "export const q = `SELECT 1`;"],
  ["durable-objects/sql.ts", "export const q = `SELECT 1 FROM jobs`;"],
  ["provisioner-bridge/registry/sql.ts", "export const q = `DELETE FROM jobs`;"],
  ["worker/routes/text.ts", 'export const text = "Selected text; update your plan; with a token as Bearer; create one";'],
];

const reportSchema = z.object({
  diagnostics: z.array(
    z.object({ category: z.string(), message: z.string(), severity: z.string(), location: z.object({ path: z.string() }) }),
  ),
});

/** What Biome, with our configuration, says about each file. */
async function lint(files: readonly (readonly [string, string, ...unknown[]])[]): Promise<Map<string, string[]>> {
  const root = fixtureTree(Object.fromEntries(files.map(([file, source]) => [file, source])));
  for (const name of ["biome.json", "lint", ".gitignore"]) cpSync(name, join(root, name), { recursive: true });
  const { stdout } = await execa(resolve("node_modules/.bin/biome"), ["lint", "--reporter=json", "--max-diagnostics=none", "."], {
    cwd: root,
    reject: false,
  });
  const said = new Map<string, string[]>();
  for (const { location, category, message } of reportSchema.parse(JSON.parse(stdout)).diagnostics) {
    said.set(location.path, [...(said.get(location.path) ?? []), `${category} ${message}`]);
  }
  return said;
}

test("every broken rule is reported at its file", async () => {
  const said = await lint(BROKEN);
  const unnoticed = BROKEN.filter(([file, , says]) => !said.get(file)?.some((diagnostic) => diagnostic.includes(says)));
  expect(unnoticed.map(([file, , says]) => `${file}: ${says} (said: ${said.get(file)?.join("; ") ?? "nothing"})`)).toEqual([]);
});

test("adapters, dev/ and test/ may read clock, randomness and environment", async () => {
  const said = await lint(ALLOWED);
  expect(ALLOWED.flatMap(([file]) => (said.get(file) ?? []).map((diagnostic) => `${file}: ${diagnostic}`))).toEqual([]);
});
