/**
 * Broker mode: tenants hold no keys, so nothing can be taken from them at a drop. What a URL that was signed before still brings in is
 * found by looking, and removed. This is also where drops, sizes and strangers are tried, as every mode shares them.
 */
import {
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterEach, describe, expect, test } from "vitest";
import { clearPrefix } from "../../../provisioner-bridge/engines/s3/clear.ts";
import { objectStoreOf, s3Variables } from "../../../provisioner-bridge/engines/s3/configuration.ts";
import { measureBucket } from "../../../provisioner-bridge/engines/s3/measure.ts";
import { createS3Server } from "../../../provisioner-bridge/engines/s3/server.ts";
import { createLog } from "../../../provisioner-bridge/log.ts";
import { systemRandom } from "../../../provisioner-bridge/ports/random.ts";
import { createObjectStore } from "../../../worker/ports/object-store.ts";
import { expectCleanSlate, type Made, makeTenant, useEngine } from "../suite/subject.ts";
import { keysIn, subjectOf } from "./fixture.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MANY = 2_100;
const AT_ONCE = 50;
const NOTHING = { undropped: [], strangers: [], missing: [], stale: [] };

const bench = useEngine(subjectOf("broker"));
const GONE = { ok: true, state: "gone" };

function platformClient(): S3Client {
  const { endpoint, region, accessKeyId, secretAccessKey } = bench.server.address;
  return new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
}

async function put(keys: readonly string[], body = "x"): Promise<void> {
  const client = platformClient();
  const Bucket = bench.server.address.bucket;
  for (let first = 0; first < keys.length; first += AT_ONCE)
    await Promise.all(keys.slice(first, first + AT_ONCE).map((Key) => client.send(new PutObjectCommand({ Bucket, Key, Body: body }))));
  client.destroy();
}

/** An upload that is begun and never ended, with one part. */
async function beginUpload(Key: string, part: string): Promise<void> {
  const client = platformClient();
  const Bucket = bench.server.address.bucket;
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: part }));
  client.destroy();
}

async function remove(keys: readonly string[]): Promise<void> {
  const client = platformClient();
  const Objects = keys.map((Key) => ({ Key }));
  await client.send(new DeleteObjectsCommand({ Bucket: bench.server.address.bucket, Delete: { Objects } }));
  client.destroy();
}

const drop = (id: string, generation = 2) => bench.t.run(bench.jobs.dropJob(id, generation));
const pass = async () => (await bench.t.bridge.reconcileOnce()).findings;
const later = (ms = 3 * MINUTE_MS) => bench.t.clock.advance(ms);

async function measure(...made: readonly Made[]): Promise<number[]> {
  // Past the pass that is remembered.
  later();
  const resource_ids = made.map(({ id }) => id);
  const sizes = await bench.t.measure("s3", resource_ids);
  return resource_ids.map((id) => sizes.get(id) ?? -1);
}

afterEach(async () => {
  const { rows } = await bench.t.registry.query<{ resource_id: string }>("SELECT resource_id FROM tenants WHERE state <> 'dropped'");
  for (const { resource_id } of rows) await drop(resource_id, 99);
  await expectCleanSlate(bench);
});

describe("the grant", () => {
  test("names endpoint, prefix and mode, and holds no key", async () => {
    const { grant, name } = await makeTenant(bench);
    const { endpoint, bucket } = bench.server.address;
    expect(grant).toEqual({
      connection_url: `${endpoint}/${bucket}/${name}/`,
      internal_url: `${endpoint}/${bucket}/${name}/`,
      rotation: 0,
      details: { endpoint, internal_endpoint: endpoint, prefix: name, mode: "broker" },
    });
  });
});

describe("drop", () => {
  test("removes more than a page of objects, keys of every kind, and uploads that were never ended", async () => {
    const { id, name } = await makeTenant(bench);
    const odd = ["a b", "a+b", "ü/日本", "../x", "./y", "//z", "%2e%2e/x", "<&>\"'", "nl\nx", "tab\tx", "ctl\u0001x", "k".repeat(900)];
    await put([...Array.from({ length: MANY }, (_, index) => `${name}/many/${index}`), ...odd.map((key) => `${name}/${key}`)]);
    for (const key of ["upload", "upload/2", "ctl\u0002"]) await beginUpload(`${name}/${key}`, "part");
    expect((await drop(id)).body).toEqual(GONE);
  });

  test("leaves alone what lies under a longer or a shorter name, and where dots would lead", async () => {
    const { id, name } = await makeTenant(bench);
    const foreign = [`${name}b/x`, `${name.slice(0, -1)}/x`, `${name}`, "x"];
    await put([...foreign, `${name}/../${name}b/x`]);
    expect((await drop(id)).body).toEqual(GONE);
    expect(await keysIn(bench.server.address)).toEqual(expect.arrayContaining(foreign));
    await remove(foreign);
  });

  test("removes every version, where the bucket keeps them", async () => {
    const { id, name } = await makeTenant(bench);
    const client = platformClient();
    const Bucket = bench.server.address.bucket;
    const setVersions = (Status: "Enabled" | "Suspended") =>
      client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
    await setVersions("Enabled");
    for (const body of ["one", "two", "three"]) await put([`${name}/kept`], body);
    expect(await measure({ id } as Made)).toEqual(["onetwothree".length]);
    expect((await drop(id)).body).toEqual(GONE);
    await setVersions("Suspended");
    client.destroy();
    expect(await pass()).toEqual(NOTHING);
  });
});

describe("a URL that outlives its tenant", () => {
  test("an object it brings in after the drop is removed by a later pass, and so is what comes in after that", async () => {
    const { id, name } = await makeTenant(bench);
    const vars = bench.server.workerVars;
    const store = createObjectStore(
      {
        backend: "ceph",
        endpoint: vars.OBJECT_STORE_ENDPOINT ?? "",
        region: vars.OBJECT_STORE_REGION ?? "",
        bucket: vars.OBJECT_STORE_BUCKET ?? "",
        keys: { accessKeyId: vars.OBJECT_STORE_ACCESS_KEY_ID ?? "", secretAccessKey: vars.OBJECT_STORE_SECRET_ACCESS_KEY ?? "" },
      },
      { now: () => Date.now() },
    );
    const { url } = await store.presign({ method: "PUT", objectKey: `${name}/late`, expiresInSeconds: 600, keys: null });
    expect((await drop(id)).body).toEqual(GONE);
    for (const _ of ["once", "and again"]) {
      expect((await fetch(url, { method: "PUT", body: "late" })).status).toBe(200);
      later();
      expect((await pass()).undropped).toEqual([name]);
      expect(await keysIn(bench.server.address)).not.toContain(`${name}/late`);
    }
    expect(await pass()).toEqual(NOTHING);
  });

  test("an upload in parts that was begun after the drop is removed, too", async () => {
    const { id, name } = await makeTenant(bench);
    await drop(id);
    await beginUpload(`${name}/late`, "part");
    later();
    expect((await pass()).undropped).toEqual([name]);
    later();
    expect(await pass()).toEqual(NOTHING);
  });

  test("its tombstone is remembered for six days at least, which is longer than any URL lives", async () => {
    const { id } = await makeTenant(bench);
    await drop(id);
    later(6 * DAY_MS);
    await pass();
    expect((await bench.t.registry.query("SELECT 1 FROM tenants WHERE resource_id = $1", [id])).rows).toHaveLength(1);
  });
});

describe("measure", () => {
  test("adds up every object of each tenant, the parts of unfinished uploads included, and nobody else's", async () => {
    const [one, other, empty] = [await makeTenant(bench), await makeTenant(bench), await makeTenant(bench)];
    await put([`${one.name}/a`, `${one.name}/b/c`], "12345");
    await put([`${other.name}/a`], "123");
    await beginUpload(`${other.name}/upload`, "1234567");
    expect(await measure(one, other, empty)).toEqual([10, 10, 0]);
  });

  test("a tenant with more unfinished uploads than one listing names hides nothing, of its own or of the next one", async () => {
    const [first, second] = [await makeTenant(bench), await makeTenant(bench)].sort((a, b) => (a.name < b.name ? -1 : 1)) as [Made, Made];
    const uploads = Array.from({ length: 1_001 }, (_, index) => `${first.name}/upload-${String(index).padStart(4, "0")}`);
    for (let from = 0; from < uploads.length; from += AT_ONCE) {
      await Promise.all(uploads.slice(from, from + AT_ONCE).map((key) => beginUpload(key, "12")));
    }
    await beginUpload(`${second.name}/upload`, "1234567");
    expect(await measure(first, second)).toEqual([2_002, 7]);
  });

  test("of one tenant so many objects and uploads are looked at; with one more it counts as far over, and the next one as it is", async () => {
    const [first, second] = ["t_boundsboundsboundsba", "t_boundsboundsboundsbb"];
    await put(
      Array.from({ length: 1_003 }, (_, index) => `${first}/${index}`),
      "12",
    );
    for (const key of ["a", "b", "c"]) await beginUpload(`${first}/${key}`, "123");
    await put([`${second}/a`, `${second}/b`], "12345");
    await beginUpload(`${second}/upload`, "1234567");
    const config = objectStoreOf(s3Variables.parse(bench.t.env));
    if (config === null) throw new Error("no object store");
    const server = createS3Server(config, { registryId: "", random: systemRandom, clock: bench.t.clock, log: createLog("silent") });
    const sizes = async (objectsMax: number, uploadsMax: number) => {
      const found = await measureBucket(server, { objectsMax, uploadsMax });
      return [first, second].map((name) => found.get(name));
    };
    const [all, far] = [1_003 * 2 + 3 * 3, 5 * 1_024 ** 4];
    expect(await sizes(1_003, 3)).toEqual([all, 17]);
    expect(await sizes(1_004, 4)).toEqual([all, 17]);
    expect(await sizes(1_002, 3)).toEqual([all - 2 + far, 17]);
    // Within the first page: what follows of the tenant is jumped over.
    expect(await sizes(10, 3)).toEqual([10 * 2 + 3 * 3 + far, 17]);
    expect(await sizes(1_003, 2)).toEqual([all - 3 + far, 17]);
    for (const name of [first, second]) await clearPrefix(server, `${name}/`);
    server.clients.close();
  });

  test("counts more than a page", async () => {
    const many = await makeTenant(bench);
    await put(Array.from({ length: MANY }, (_, index) => `${many.name}/${index}`));
    expect(await measure(many)).toEqual([MANY]);
  });
});

describe("the reconciler", () => {
  test("a prefix without a record is a stranger: reported, and left alone", async () => {
    await put(["t_strangerstrangerstra/x"]);
    expect((await pass()).strangers).toEqual(["t_strangerstrangerstra"]);
    expect(await keysIn(bench.server.address)).toContain("t_strangerstrangerstra/x");
    await remove(["t_strangerstrangerstra/x"]);
  });

  test("a tenant whose mark was deleted is missed, when it is old enough", async () => {
    const { name } = await makeTenant(bench);
    await remove([`.instanode/tenants/${name}`]);
    expect((await pass()).missing).toEqual([]);
    later();
    expect((await pass()).missing).toEqual([name]);
  });
});
