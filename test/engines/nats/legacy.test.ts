/** Without an operator key a queue is a prefix in one open namespace: made and measured by convention, and removed with what lies under it. */
import { randomUUID } from "node:crypto";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { afterEach, describe, expect, test } from "vitest";
import { createPoints, dropPoints } from "../../../provisioner-bridge/faults.ts";
import { grantOf } from "../../support/bridge.ts";
import { queueOf, withQueue } from "../../support/nats-client.ts";
import { listed, makeTenant, useEngine } from "../suite/subject.ts";
import { natsSubject, QUEUE_LIMITS } from "./subject.ts";

const bench = useEngine({ ...natsSubject({ open: true }), leftovers: async () => [] });
const GONE = { ok: true, state: "gone" };
const nothing = { undropped: [], strangers: [], missing: [], stale: [] };

afterEach(async () => {
  const { rows } = await bench.t.registry.query<{ resource_id: string }>("SELECT resource_id FROM tenants WHERE state <> 'dropped'");
  for (const { resource_id } of rows) await bench.t.run(bench.jobs.dropJob(resource_id, 99));
  expect(await listed(bench.t, "nats")).toEqual([]);
});

test("the grant has no credentials at all; the same create answers the same", async () => {
  const { id, grant, answer } = await makeTenant(bench);
  expect(grant.details).toEqual({ subject_prefix: expect.stringMatching(/^tenant_/), auth_mode: "legacy_open" });
  expect((await bench.t.run(bench.jobs.createJob(id, 1, QUEUE_LIMITS))).text).toBe(answer.text);
  expect(await listed(bench.t, "nats")).toHaveLength(1);
});

test("a drop removes the streams under its prefix and its messages elsewhere, and nothing of a neighbour's; again it says the same", async () => {
  const [one, other] = [await makeTenant(bench), await makeTenant(bench)];
  const [mine, theirs] = [queueOf(one.grant).subject_prefix, queueOf(other.grant).subject_prefix];
  await withQueue(queueOf(one.grant), async (connection) => {
    const jsm = await jetstreamManager(connection);
    await jsm.streams.add({ name: "MINE", subjects: [`${mine}.a`, `${mine}.b.>`] });
    await jsm.streams.add({ name: "THEIRS", subjects: [`${theirs}.a`] });
    await jsm.streams.add({ name: "BOTH", subjects: [`${mine}.c`, `${theirs}.c`] });
    for (const subject of [`${mine}.a`, `${theirs}.a`, `${mine}.c`, `${theirs}.c`]) await jetstream(connection).publish(subject, "x");
    for (const _ of ["first", "again"]) expect((await bench.t.run(bench.jobs.dropJob(one.id))).body).toEqual(GONE);
    expect((await jsm.streams.names().next()).sort()).toEqual(["BOTH", "THEIRS", "instanode_tenants"]);
    expect((await jsm.streams.info("BOTH")).state.messages).toBe(1);
    expect((await jsm.streams.info("THEIRS")).state.messages).toBe(1);
  });
});

test("measure counts the streams that lie wholly under a prefix", async () => {
  const [empty, filled] = [await makeTenant(bench), await makeTenant(bench)];
  const prefix = queueOf(filled.grant).subject_prefix;
  await withQueue(queueOf(filled.grant), async (connection) => {
    await (await jetstreamManager(connection)).streams.add({ name: "M", subjects: [`${prefix}.m`] });
    await jetstream(connection).publish(`${prefix}.m`, new Uint8Array(100_000));
  });
  const sizes = await bench.t.measure("nats", [empty.id, filled.id, randomUUID()]);
  expect([sizes.size, sizes.get(empty.id)]).toEqual([2, 0]);
  expect(sizes.get(filled.id)).toBeGreaterThan(100_000);
});

test("rotate and limit change nothing, and know who is there", async () => {
  const { id, grant } = await makeTenant(bench);
  expect(grantOf(await bench.t.run(bench.jobs.rotateJob(id, 2, 1)))).toEqual({ ...grant, rotation: 1 });
  expect((await bench.t.run(bench.jobs.limitJob(id, 3, QUEUE_LIMITS, "none"))).status).toBe(200);
  expect((await bench.t.run(bench.jobs.limitJob(randomUUID(), 3, QUEUE_LIMITS))).body.error).toBe("unknown_tenant");
});

describe("crashes", () => {
  test.each(createPoints("nats"))("a create that ends at %s is finished by the same job", async (point) => {
    const id = randomUUID();
    bench.failAt(point);
    expect((await bench.t.run(bench.jobs.createJob(id, 1, QUEUE_LIMITS))).body.error).toBe("internal_error");
    expect((await bench.t.run(bench.jobs.createJob(id, 1, QUEUE_LIMITS))).status).toBe(200);
  });

  test.each(dropPoints("nats"))("a drop that ends at %s is finished by the same job", async (point) => {
    const { id } = await makeTenant(bench);
    bench.failAt(point);
    expect((await bench.t.run(bench.jobs.dropJob(id))).body.error).toBe("internal_error");
    expect((await bench.t.run(bench.jobs.dropJob(id))).body).toEqual(GONE);
  });
});

test("the server's own word survives a restart: the reconciler finds every tenant and no other", async () => {
  await makeTenant(bench);
  await bench.server.halt("crash");
  await bench.server.restart();
  bench.t.clock.advance(180_000);
  expect((await bench.t.bridge.reconcileOnce()).findings).toEqual(nothing);
});

test("a server that is down is told from one that is open", async () => {
  await bench.server.halt("stop");
  expect((await bench.t.run(bench.jobs.createJob(randomUUID(), 1, QUEUE_LIMITS))).body.error).toBe("engine_unavailable");
  await bench.server.restart();
  expect((await bench.t.run(bench.jobs.createJob(randomUUID(), 1, QUEUE_LIMITS))).status).toBe(200);
});
