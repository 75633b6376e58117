/** The server itself: which buckets are fit, how many tenants it takes, what an outage means, and that no secret is written anywhere. */
import { createHash, randomUUID } from "node:crypto";
import { PutBucketAclCommand, S3Client } from "@aws-sdk/client-s3";
import { afterEach, describe, expect, test } from "vitest";
import { readinessSchema } from "../../../contract/readiness.ts";
import { createPoints } from "../../../provisioner-bridge/faults.ts";
import { grantOf, startTestBridge, type TestBridge } from "../../support/bridge.ts";
import { sharedRegistryServer } from "../../support/registry-server.ts";
import { expectCleanSlate, makeTenant, useEngine } from "../suite/subject.ts";
import { credentialsOf, LIMITS, subjectOf } from "./fixture.ts";

const QUICK_MS = 5_000;
const bench = useEngine(subjectOf("a role each"));
const { jobs } = bench;

afterEach(async () => {
  const { rows } = await bench.t.registry.query<{ resource_id: string }>("SELECT resource_id FROM tenants WHERE state <> 'dropped'");
  for (const { resource_id } of rows) await bench.t.run(jobs.dropJob(resource_id, 99));
  await expectCleanSlate(bench);
});

/** A bridge beside the others: its own registry, this store, other variables. */
async function withBridge(env: Record<string, string>, work: (bridge: TestBridge) => Promise<void>): Promise<void> {
  const registryServer = await sharedRegistryServer();
  const bridge = await startTestBridge({ registryServer, env: { ...bench.server.env, ...env } });
  try {
    await work(bridge);
  } finally {
    await bridge.close();
  }
}

const createOn = async (bridge: TestBridge, id: string = randomUUID()) => (await bridge.run(jobs.createJob(id, 1, LIMITS))).body;
const readyz = async (bridge: TestBridge) => {
  bridge.clock.advance(60_000);
  return readinessSchema.parse(await (await fetch(`${bridge.url}/readyz`)).json());
};

describe("a bucket is refused", () => {
  const platform = (): S3Client => {
    const { endpoint, region, accessKeyId, secretAccessKey } = bench.server.address;
    return new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
  };
  const refusedFor = async (env: Record<string, string>, reason: string): Promise<void> => {
    await withBridge(env, async (bridge) => {
      expect((await createOn(bridge)).error).toBe("engine_unavailable");
      expect((await readyz(bridge)).checks.object_store?.status).toBe("down");
      expect(bridge.logs.some((line) => line.includes(reason))).toBe(true);
    });
  };

  test("that is not there", async () => refusedFor({ OBJECT_STORE_BUCKET: "nobody-made-this" }, "there is no such bucket"));

  test("that belongs to another registry", async () => refusedFor({}, "the bucket belongs to another registry"));

  test("that belongs to the platform's own user, whom every tenant's session acts as", async () => {
    const OBJECT_STORE_SECRET_ACCESS_KEY = createHash("sha256").update(`owner|${bench.server.address.secretAccessKey}`).digest("hex");
    const owner = { OBJECT_STORE_ACCESS_KEY_ID: "INSTANODEOWNER", OBJECT_STORE_SECRET_ACCESS_KEY };
    await refusedFor(owner, "the bucket belongs to the platform's own user");
  });

  test("that everybody can list", async () => {
    const client = platform();
    const { bucket } = bench.server.address;
    await client.send(new PutBucketAclCommand({ Bucket: bucket, ACL: "public-read" }));
    try {
      bench.t.clock.advance(60_000);
      await bench.t.bridge.reconcileOnce();
      expect(bench.t.logs.some((line) => line.includes("the bucket can be listed without a key"))).toBe(true);
    } finally {
      await client.send(new PutBucketAclCommand({ Bucket: bucket, ACL: "private" }));
      client.destroy();
    }
  });
});

test("it takes as many tenants as it may, and no more; one that goes makes room", async () => {
  const made = [await makeTenant(bench), await makeTenant(bench)];
  const { rows } = await bench.t.registry.query("SELECT 1 FROM tenants WHERE state <> 'dropped'");
  expect(rows).toHaveLength(made.length);
  const like = bench.t;
  const two = await startTestBridge({ like, env: { OBJECT_STORE_MAX_TENANTS: "3" } });
  try {
    const [third, fourth] = [randomUUID(), randomUUID()];
    expect((await createOn(two, third)).ok).toBe(true);
    expect((await createOn(two, fourth)).error).toBe("capacity");
    await two.run(jobs.dropJob(third));
    expect((await createOn(two, fourth)).ok).toBe(true);
  } finally {
    await two.close();
  }
});

test("it promises as much storage as it may, and no more", async () => {
  const two = await startTestBridge({ like: bench.t, env: { OBJECT_STORE_STORAGE_MB: "20" } });
  try {
    expect((await createOn(two)).ok).toBe(true);
    expect((await createOn(two)).ok).toBe(true);
    expect((await createOn(two)).error).toBe("capacity");
  } finally {
    await two.close();
  }
});

test("killed, it refuses jobs quickly and degrades; back again it goes on, with what was stored", async () => {
  const { id, grant } = await makeTenant(bench);
  await bench.server.kill();
  const begun = performance.now();
  const refused = [await createOn(bench.t), (await bench.t.run(jobs.dropJob(id))).body];
  expect(refused.map(({ error }) => error)).toEqual(["engine_unavailable", "engine_unavailable"]);
  expect(performance.now() - begun).toBeLessThan(QUICK_MS);
  expect(await readyz(bench.t)).toMatchObject({
    overall: "degraded",
    checks: { object_store: { status: "down" }, platform_db: { status: "ok" } },
  });
  await bench.server.restart();
  expect(await readyz(bench.t)).toMatchObject({ overall: "ok" });
  expect((await bench.t.run(jobs.dropJob(id))).body).toEqual({ ok: true, state: "gone" });
  expect(await bench.subject.use(grant)).not.toBe("ok");
});

test("no key, no token and no policy of a tenant stands in a log line, a registry row or a refusal", async () => {
  const canaries = new Set([bench.server.address.secretAccessKey, bench.server.workerVars.OBJECT_STORE_SECRET_ACCESS_KEY ?? ""]);
  const spill: string[] = [];
  const remember = (grant: ReturnType<typeof grantOf>) => {
    const { access_key_id, secret_access_key, session_token = secret_access_key } = credentialsOf(grant);
    for (const secret of [access_key_id, secret_access_key, session_token]) canaries.add(secret);
  };
  for (const point of createPoints("s3")) {
    const id = randomUUID();
    bench.failAt(point);
    spill.push((await bench.t.run(jobs.createJob(id, 1, LIMITS))).text);
    remember(grantOf(await bench.t.run(jobs.createJob(id, 1, LIMITS))));
    remember(grantOf(await bench.t.run(jobs.rotateJob(id, 2, 1))));
    spill.push((await bench.t.run(jobs.dropJob(id, 3))).text);
  }
  await bench.server.kill();
  spill.push((await bench.t.run(jobs.createJob(randomUUID(), 1, LIMITS))).text);
  await bench.server.restart();
  const tables = await Promise.all(["tenants", "job_journal"].map((table) => bench.t.registry.query(`SELECT t::text FROM ${table} t`)));
  const haystack = [...bench.t.logs, ...spill, JSON.stringify(tables.map(({ rows }) => rows))].join("\n");
  expect(haystack.length).toBeGreaterThan(10_000);
  expect([...canaries].filter((canary) => canary === "" || haystack.includes(canary))).toEqual([]);
});
