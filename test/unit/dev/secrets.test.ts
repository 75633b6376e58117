/** A data directory of an earlier version keeps its secrets, and gets those it does not have yet. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadSecrets } from "../../../dev/secrets.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "instanode-secrets-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, "secrets.json");

test("they are made once, for the owner's eyes", async () => {
  const made = await loadSecrets(file());
  expect(await loadSecrets(file())).toEqual(made);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test("what is missing is added, once; what is there stays", async () => {
  const { natsOperatorSeed: _, natsAccountSecret: __, ...older } = await loadSecrets(file());
  writeFileSync(file(), JSON.stringify(older));
  const completed = await loadSecrets(file());
  expect(completed).toMatchObject(older);
  expect(completed.natsOperatorSeed).toMatch(/^SO/);
  expect(await loadSecrets(file())).toEqual(completed);
  expect(JSON.parse(readFileSync(file(), "utf8"))).toEqual(completed);
});

test("a file that was tampered with is refused", async () => {
  await loadSecrets(file());
  writeFileSync(file(), JSON.stringify({ tokenHmacKey: 7 }));
  await expect(loadSecrets(file())).rejects.toThrow();
});
