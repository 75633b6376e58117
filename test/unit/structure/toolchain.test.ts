/** What `npm ci` on another machine depends on, checked here because `npm install` on this one hides it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
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
      link: z.boolean().default(false),
      hasInstallScript: z.boolean().default(false),
      dependencies: versions,
      optionalDependencies: versions,
    }),
  ),
});

const rootText = readFileSync("package.json", "utf8");
const { workspaces } = z.object({ workspaces: z.array(z.string()) }).parse(JSON.parse(rootText));
const manifests = ["", ...workspaces].map((folder) => manifestSchema.parse(JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))));
const { packages } = lockSchema.parse(JSON.parse(readFileSync("package-lock.json", "utf8")));
/** Packages from the registry: not our own, nor the links to them. */
const locked = Object.entries(packages).filter(([path, { link }]) => path.includes("node_modules/") && !link);
const versionsOf = (name: string): string[] =>
  locked.filter(([path]) => path.endsWith(`node_modules/${name}`)).map(([, { version }]) => version ?? "");

test("every dependency is pinned to one exact version", () => {
  const all = manifests.flatMap((manifest) =>
    [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].flatMap((names) => Object.entries(names)),
  );
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test("all workspaces use the same version of a package", () => {
  const wanted = new Map<string, Set<string>>();
  for (const { dependencies, devDependencies, optionalDependencies } of manifests) {
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      wanted.set(name, (wanted.get(name) ?? new Set()).add(version));
    }
  }
  expect([...wanted].filter(([, versionsWanted]) => versionsWanted.size > 1).map(([name]) => name)).toEqual([]);
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
  const { allowScripts } = z.object({ allowScripts: z.record(z.string(), z.literal(false)) }).parse(JSON.parse(rootText));
  const names = locked.filter(([, entry]) => entry.hasInstallScript).map(([path]) => path.replace(/^.*node_modules\//, ""));
  expect(names.filter((name) => !(name in allowScripts))).toEqual([]);
});

test("wrangler and the vitest plugin are one set: one wrangler, one miniflare, one workerd", () => {
  for (const name of ["wrangler", "miniflare", "workerd", "vitest", "vite"]) {
    expect.soft(new Set(versionsOf(name)).size, `${name}: ${versionsOf(name).join(", ")}`).toBe(1);
  }
});
