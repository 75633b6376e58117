/** A data directory of an older version goes on working: what its secrets lack is added, what they have stays. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadSecrets } from "../../../dev/secrets.ts";

let folder: string;
const file = () => join(folder, "secrets.json");
const written = () => JSON.parse(readFileSync(file(), "utf8")) as Record<string, unknown>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "instanode-secrets-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("makes them once, for their owner's eyes only", async () => {
  const first = await loadSecrets(file());
  expect(await loadSecrets(file())).toEqual(first);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

it("adds what an older file lacks and keeps all it has, also what only a newer version knows", async () => {
  await loadSecrets(file());
  const { bridgeSigningKeys: _lacking, ...older } = { bridgeSigningKeys: null, ...written(), ofANewerVersion: "kept" };
  writeFileSync(file(), JSON.stringify(older));
  const loaded = await loadSecrets(file());
  expect(loaded.bridgeSigningKeys.keys).toHaveLength(1);
  expect(written()).toEqual({ ...older, bridgeSigningKeys: loaded.bridgeSigningKeys });
  expect(await loadSecrets(file())).toEqual(loaded);
});

it("does not paper over one that was tampered with", async () => {
  await loadSecrets(file());
  writeFileSync(file(), JSON.stringify({ ...written(), bridgeSigningKeys: { keys: [] } }));
  await expect(loadSecrets(file())).rejects.toThrow();
});
