/** A data directory outlives the program that made it: secrets that came later are added, those that are there stay. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadSecrets } from "../../../dev/secrets.ts";

const folder = mkdtempSync(join(tmpdir(), "instanode-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a file of an earlier version keeps all it has and gets what it lacks", async () => {
  const file = join(folder, "secrets.json");
  const { redisAdminPassword: _later, ...earlier } = await loadSecrets(file);
  writeFileSync(file, JSON.stringify(earlier));
  const loaded = await loadSecrets(file);
  expect(loaded).toEqual({ ...earlier, redisAdminPassword: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) });
  expect(await loadSecrets(file)).toEqual(loaded);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(loaded);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a secret that was tampered with is refused, not replaced", async () => {
  const file = join(folder, "tampered.json");
  const good = await loadSecrets(file);
  writeFileSync(file, JSON.stringify({ ...good, tokenHmacKey: 1 }));
  await expect(loadSecrets(file)).rejects.toThrow("tokenHmacKey");
});
