import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";

const text = readFileSync("CONTRIBUTING.md", "utf8");
const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(readFileSync("package.json", "utf8")));
const quoted = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);

test("every file and folder CONTRIBUTING.md names exists", () => {
  const paths = quoted.filter((code) => /^[\w.-]+\/[\w./-]*$|^[\w-]+\.(yaml|toml|json|md)$/.test(code));
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});

test("every npm script CONTRIBUTING.md names exists, and it names every test layer", () => {
  const named = quoted.flatMap((code) => [...code.matchAll(/npm run ([\w:-]+)/g)].map(([, name = ""]) => name));
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
  expect(Object.keys(scripts).filter((name) => name.startsWith("test:") && !named.includes(name))).toEqual([]);
});
