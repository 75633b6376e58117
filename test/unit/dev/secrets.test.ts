/** A data directory of an earlier version keeps working: what it has stays as it is, what it lacks is added once. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadSecrets } from "../../../dev/secrets.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "instanode-secrets-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("secrets are made once, for the owner only, and read again as they are", async () => {
  const file = join(folder, "fresh.json");
  const first = await loadSecrets(file);
  expect(await loadSecrets(file)).toEqual(first);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("one that a newer version needs is added, and nothing else changes", async () => {
  const file = join(folder, "older.json");
  const { mongodbPassword: _newer, ...older } = await loadSecrets(file);
  writeFileSync(file, JSON.stringify({ ...older, ofSomebodyElse: "kept" }));
  const loaded = await loadSecrets(file);
  expect(loaded).toMatchObject(older);
  expect(loaded.mongodbPassword.length).toBeGreaterThan(20);
  expect(await loadSecrets(file)).toEqual(loaded);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ ofSomebodyElse: "kept" });
});

test("a file that was tampered with is refused", async () => {
  const file = join(folder, "broken.json");
  writeFileSync(file, JSON.stringify({ ...(await loadSecrets(join(folder, "fresh.json"))), tokenHmacKey: 5 }));
  await expect(loadSecrets(file)).rejects.toThrow();
});
