/** What the store of sources keeps of an upload, and what it does not. */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLog } from "../../../provisioner-bridge/log.ts";
import { systemClock } from "../../../provisioner-bridge/ports/clock.ts";
import { openRegistry } from "../../../provisioner-bridge/registry/database.ts";
import { migrateRegistry } from "../../../provisioner-bridge/registry/migrate.ts";
import type { Sources } from "../../../provisioner-bridge/services/sources/sources.ts";
import { createSourceStore } from "../../../provisioner-bridge/services/sources/store.ts";
import { createDatabase } from "../../support/bridge.ts";
import { sharedRegistryServer } from "../../support/registry-server.ts";
import { file, targz } from "../../support/tarballs.ts";

const log = createLog("silent");
const tarball = targz(file("Dockerfile", "FROM busybox\n"), file("noise", randomBytes(100_000).toString("latin1")));
const opened: Sources[] = [];
let registry: pg.Pool;
let folder: string;
beforeAll(async () => {
  registry = openRegistry(await createDatabase((await sharedRegistryServer()).url), log);
  await migrateRegistry(registry);
  folder = await mkdtemp(join(tmpdir(), "instanode-sources-"));
});
afterAll(async () => {
  for (const store of opened) store.stop();
  await registry.end();
  await rm(folder, { recursive: true });
});

function storeWith(diskFreeMinPercent: number): Sources {
  const store = createSourceStore({ folder, diskFreeMinPercent, registry, clock: systemClock, log });
  opened.push(store);
  return store;
}

async function kept() {
  const { rowCount } = await registry.query("SELECT FROM sources");
  return { files: (await readdir(folder)).length, rows: rowCount };
}

test("a disk with less free space than configured takes no upload; with enough, it does", async () => {
  await expect(storeWith(100).store(randomUUID(), Readable.from([tarball]), log)).rejects.toMatchObject({ code: "no_disk_space" });
  expect(await kept()).toEqual({ files: 0, rows: 0 });
  const store = storeWith(0);
  const { id } = await store.store(randomUUID(), Readable.from([tarball]), log);
  expect(await kept()).toEqual({ files: 1, rows: 1 });
  await store.drop(id);
  expect(await kept()).toEqual({ files: 0, rows: 0 });
});

test("of an upload that breaks off in the middle, nothing is kept", async () => {
  const half = async function* () {
    yield tarball.subarray(0, tarball.length / 2);
    throw new Error("the sender is gone");
  };
  await expect(storeWith(0).store(randomUUID(), Readable.from(half()), log)).rejects.toThrow("the sender is gone");
  expect(await kept()).toEqual({ files: 0, rows: 0 });
});
