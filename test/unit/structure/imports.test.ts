/** Every rule of lint/dependencies.mjs is broken once and must be reported, so that a rule switched off or misspelt is noticed. */
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { z } from "zod";
import { fixtureTree } from "./fixture-tree.ts";

const FOLDERS = ["contract", "worker", "durable-objects", "provisioner-bridge", "dev"];

/** File, its text, and the rule it breaks. */
const FORBIDDEN: readonly [file: string, source: string, rule: string][] = [
  ["contract/worker.ts", `import { x } from "../worker/x.ts";`, "contract-imports"],
  ["contract/type.ts", `import type { X } from "../dev/x.ts";`, "contract-imports"],
  ["contract/package.ts", `import { Hono } from "hono";`, "contract-packages"],
  ["contract/node.ts", `import { join } from "node:path";`, "contract-packages"],
  ["contract/workerd.ts", `import { env } from "cloudflare:workers";`, "contract-packages"],
  ["durable-objects/worker.ts", `export * from "../worker/x.ts";`, "durable-objects-imports"],
  ["durable-objects/bridge.ts", `import "../provisioner-bridge/x.ts";`, "durable-objects-imports"],
  ["provisioner-bridge/jobs/worker.ts", `import type { X } from "../../worker/x.ts";`, "provisioner-bridge-imports"],
  ["provisioner-bridge/objects.ts", `import { x } from "../durable-objects/x.ts";`, "provisioner-bridge-imports"],
  ["worker/ports/bridge.ts", `import type { X } from "../../provisioner-bridge/x.ts";`, "worker-imports"],
  ["worker/test.ts", `import { x } from "../test/x.ts";`, "worker-imports"],
  ["worker/ports/object.ts", `import { Team } from "../../durable-objects/team.ts";`, "objects-by-type"],
  ["worker/routes/object.ts", `import type { Team } from "../../durable-objects/team.ts";`, "objects-behind-ports"],
  ["worker/services/object.ts", `import type { Team } from "../../durable-objects/team.ts";`, "objects-behind-ports"],
  ["worker/routes/db/sql.ts", `import { x } from "../../platform-db/x.ts";`, "routes-call-services"],
  ["worker/routes/sql-type.ts", `import type { X } from "../platform-db/x.ts";`, "routes-call-services"],
  ["worker/middleware/sql.ts", `export { x } from "../platform-db/x.ts";`, "routes-call-services"],
  ["worker/routes/adapter.ts", `import { x } from "../ports/bridge-http.ts";`, "ports-by-type"],
  ["worker/middleware/adapter.ts", `import { x, type Y } from "../ports/clock.ts";`, "ports-by-type"],
  ["worker/services/provision/http.ts", `import type { Context } from "hono";`, "services-without-http"],
  ["worker/services/http.ts", `import { HTTPException } from "hono/http-exception";`, "services-without-http"],
  ["worker/services/database.ts", `import { neon } from "@neondatabase/serverless";`, "services-without-http"],
  ["worker/services/route.ts", `import { x } from "../routes/x.ts";`, "worker-layers"],
  ["worker/services/page.ts", `import type { X } from "../pages/x.ts";`, "worker-layers"],
  ["worker/ports/service.ts", `import { x } from "../services/x.ts";`, "worker-layers"],
  ["worker/platform-db/service.ts", `import { x } from "../services/x.ts";`, "worker-layers"],
  ["worker/ports/crypto.ts", `import type { X } from "../crypto/x.ts";`, "worker-layers"],
  ["provisioner-bridge/engines/job.ts", `import { x } from "../jobs/x.ts";`, "provisioner-bridge-layers"],
  ["provisioner-bridge/jobs/reconcile.ts", `import type { X } from "../reconcile/x.ts";`, "provisioner-bridge-layers"],
  ["provisioner-bridge/operations/job.ts", `import { x } from "../jobs/x.ts";`, "provisioner-bridge-layers"],
  ["provisioner-bridge/services/operation.ts", `import type { X } from "../operations/x.ts";`, "provisioner-bridge-layers"],
  ["provisioner-bridge/registry/pool.ts", `import { x } from "../pool/x.ts";`, "provisioner-bridge-layers"],
  ["provisioner-bridge/engines/redis/other.ts", `import { x } from "../postgres/x.ts";`, "engines-apart"],
  ["worker/undeclared.ts", `import { Client } from "pg";`, "declared"],
  ["provisioner-bridge/undeclared.ts", `import { execa } from "execa";`, "declared"],
  ["worker/homes/kind.ts", `import { x } from "../kinds/x.ts";`, "worker-layers"],
  ["worker/kinds/service.ts", `import type { X } from "../services/x.ts";`, "worker-layers"],
  ["dev/undeclared.ts", `import { Hono } from "hono";`, "declared"],
  ["worker/misspelt.ts", `import { x } from "no-such-package";`, "resolvable"],
];

/** Two files of either folder, so that no file is in a cycle. */
const FOLDER_CYCLES: readonly [folder: string, other: string][] = [
  ["contract/one", "contract/two"],
  ["durable-objects/one", "durable-objects/two"],
  ["worker/services/one", "worker/services/two"],
  ["worker/one", "worker/two"],
  ["worker/routes/one", "worker/routes/two"],
  ["dev/one", "dev/two"],
  ["provisioner-bridge/one", "provisioner-bridge/two"],
  ["provisioner-bridge/engines/shared-one", "provisioner-bridge/shared-two"],
];

const ALLOWED: readonly [file: string, source: string][] = [
  ["worker/routes/contract.ts", `import { x } from "../../contract/names.ts";`],
  ["contract/zod.ts", `import { z } from "zod";`],
  ["worker/ports/object.ts", `import type { F } from "../../durable-objects/fingerprint.ts";`],
  ["worker/index.ts", `export { Fingerprint } from "../durable-objects/fingerprint.ts";`],
  ["worker/routes/service.ts", `import { create } from "../services/provision/create.ts";`],
  ["worker/routes/port.ts", `import type { Bridge } from "../ports/bridge.ts";`],
  ["worker/services/sql.ts", `import { insert } from "../platform-db/resources.ts";`],
  ["worker/services/port.ts", `import type { Bridge } from "../ports/bridge.ts";`],
  ["durable-objects/workerd.ts", `import { DurableObject } from "cloudflare:workers";`],
  ["provisioner-bridge/jobs/engine.ts", `import type { Engine } from "../engines/engine.ts";`],
  ["provisioner-bridge/engines/redis/shared.ts", `import { x } from "../parallel.ts";`],
  ["provisioner-bridge/node.ts", `import { join } from "node:path";`],
];

const reportSchema = z.object({
  summary: z.object({
    violations: z.array(z.object({ type: z.string(), from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

/** What dependency-cruiser, with our configuration, says about `files`; what they import exists, empty unless it is one of them. */
async function violationsIn(files: Record<string, string>): Promise<{ from: string; to: string; rule: string }[]> {
  const root = fixtureTree(files);
  for (const [file, source] of Object.entries(files)) {
    for (const [, specifier = ""] of source.matchAll(/"(\.[^"]+)"/g)) {
      const target = join(root, posix.join(posix.dirname(file), specifier));
      mkdirSync(dirname(target), { recursive: true });
      if (!existsSync(target)) writeFileSync(target, "");
    }
  }
  for (const folder of FOLDERS) {
    mkdirSync(join(root, folder), { recursive: true });
    cpSync(join(folder, "package.json"), join(root, folder, "package.json"));
  }
  symlinkSync(resolve("node_modules"), join(root, "node_modules"));
  const args = ["--config", resolve("lint/dependencies.mjs"), "--output-type", "json"];
  const { stdout } = await execa(resolve("node_modules/.bin/depcruise"), [...args, ...FOLDERS], { cwd: root, reject: false });
  return reportSchema.parse(JSON.parse(stdout)).summary.violations.map(({ from, to, rule }) => ({ from, to, rule: rule.name }));
}

test("every forbidden import is reported at its file", async () => {
  const violations = await violationsIn(Object.fromEntries(FORBIDDEN.map(([file, source]) => [file, source])));
  const unnoticed = FORBIDDEN.filter(
    ([file, , rule]) => !violations.some((violation) => violation.from === file && violation.rule === rule),
  );
  const saidOf = (file: string) => violations.filter(({ from }) => from === file).map(({ rule }) => rule);
  expect(unnoticed.map(([file, , rule]) => `${file}: ${rule} (said: ${saidOf(file).join(", ") || "nothing"})`)).toEqual([]);
});

test("a cycle of folders is reported, also where no file is in a cycle and only types are imported", async () => {
  const files = FOLDER_CYCLES.flatMap(([folder, other]) => [
    [`${folder}/a.ts`, `import type { X } from "${posix.relative(folder, `${other}/b.ts`)}";`],
    [`${other}/a.ts`, `import type { X } from "${posix.relative(other, `${folder}/b.ts`)}";`],
  ]);
  const cycles = (await violationsIn(Object.fromEntries(files))).filter(({ rule }) => rule === "no-folder-cycle");
  const reported = new Set(cycles.map(({ from, to }) => `${from} → ${to}`));
  expect(FOLDER_CYCLES.map(([folder, other]) => `${folder} → ${other}`).filter((cycle) => !reported.has(cycle))).toEqual([]);
});

test("what the rules allow is not reported", async () => {
  expect(await violationsIn(Object.fromEntries(ALLOWED))).toEqual([]);
});
