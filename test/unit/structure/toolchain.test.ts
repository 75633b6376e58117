/** What `npm ci` on another machine depends on, checked here because `npm install` on this one hides it. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";

const versions = z.record(z.string(), z.string()).default({});
const manifestSchema = z.object({ dependencies: versions, devDependencies: versions, optionalDependencies: versions });
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      hasInstallScript: z.boolean().default(false),
      dependencies: versions,
      optionalDependencies: versions,
    }),
  ),
});

const manifestText = readFileSync("package.json", "utf8");
const manifest = manifestSchema.parse(JSON.parse(manifestText));
const { packages } = lockSchema.parse(JSON.parse(readFileSync("package-lock.json", "utf8")));
const locked = Object.entries(packages).filter(([path]) => path !== "");
const versionsOf = (name: string): string[] =>
  locked.filter(([path]) => path.endsWith(`node_modules/${name}`)).map(([, { version }]) => version ?? "");

test("every dependency is pinned to one exact version", () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test("the lockfile names no registry, and every package has its checksum", () => {
  expect(locked.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  expect(locked.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([]);
});

test("the lockfile holds the packages of every platform, also those this machine does not install", () => {
  const wanted = Object.values(packages).flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies));
  expect([...new Set(wanted)].filter((name) => versionsOf(name).length === 0)).toEqual([]);
});

test("every package with an install script is listed in allowScripts", () => {
  const { allowScripts } = z.object({ allowScripts: z.record(z.string(), z.literal(false)) }).parse(JSON.parse(manifestText));
  const names = locked.filter(([, entry]) => entry.hasInstallScript).map(([path]) => path.replace(/^.*node_modules\//, ""));
  expect(names.filter((name) => !(name in allowScripts))).toEqual([]);
});

test("wrangler and the vitest plugin are one set: one wrangler, one miniflare, one workerd", () => {
  for (const name of ["wrangler", "miniflare", "workerd", "vitest", "vite"]) {
    expect.soft(new Set(versionsOf(name)).size, `${name}: ${versionsOf(name).join(", ")}`).toBe(1);
  }
});
