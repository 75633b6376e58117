/** Jobs of one resource: one at a time, in the order of their generations, whatever order they come in and whoever runs them. */
import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { createJob, dropJob, limitJob, rotateJob, startTestBridge } from "../../support/bridge.ts";
import { canConnect, makeTenant, useBridge, verifyCleanSlate } from "./fixture.ts";

const fixture = useBridge();
afterEach(() => verifyCleanSlate(fixture));

test("a drop that overtakes its create leaves a tombstone, and the create is refused for good", async () => {
  const id = randomUUID();
  expect((await fixture.t.run(dropJob(id))).body).toEqual({ ok: true, state: "gone" });
  for (const jti of [`${id}.create.1`, "another"]) expect((await fixture.t.run(createJob(id), jti)).body.error).toBe("resource_gone");
  expect(await fixture.registry("SELECT name, state, generation FROM tenants WHERE resource_id = $1", [id])).toEqual([
    { name: null, state: "dropped", generation: 2 },
  ]);
});

test("a change older than the last one is stale and changes nothing", async () => {
  const { id, url } = await makeTenant(fixture);
  await fixture.t.run(limitJob(id, 5, { connections: 3, storage_mb: 10 }));
  for (const job of [rotateJob(id, 4, 1), limitJob(id, 4, { connections: 9, storage_mb: 9 }), dropJob(id, 4)]) {
    expect((await fixture.t.run(job)).body.error).toBe("stale_generation");
  }
  expect(await canConnect(url)).toBe("ok");
  await fixture.t.run(dropJob(id, 6));
});

test("two bridges of one registry act as one: the same job through both acts once", async () => {
  const other = await startTestBridge({ postgres: fixture.postgres, like: fixture.t });
  try {
    const id = randomUUID();
    const answers = await Promise.all([fixture.t, other, fixture.t, other].map((bridge) => bridge.run(createJob(id))));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await fixture.registry("SELECT attempts FROM job_journal WHERE resource_id = $1", [id])).toEqual([{ attempts: 1 }]);
    expect((await other.run(dropJob(id))).status).toBe(200);
  } finally {
    await other.close();
  }
});

test("a new bridge secret locks nobody out: old tenants keep their passwords, new ones and rotated ones get it", async () => {
  const old = await makeTenant(fixture);
  const added = { id: "s2", secret: Buffer.alloc(32, 9).toString("base64url") };
  const env = { BRIDGE_SECRETS: JSON.stringify([added, ...JSON.parse(fixture.t.env.BRIDGE_SECRETS ?? "[]")]) };
  const later = await startTestBridge({ postgres: fixture.postgres, like: fixture.t, env });
  try {
    expect((await later.run(createJob(old.id))).text).toBe(old.answer.text);
    const secretOf = async () =>
      (await fixture.registry<{ secret_id: string }>("SELECT secret_id FROM tenants WHERE resource_id = $1", [old.id]))[0]?.secret_id;
    expect(await secretOf()).toBe("s1");
    await later.run(rotateJob(old.id, 2, 1));
    expect(await secretOf()).toBe("s2");
    await later.run(dropJob(old.id, 3));
  } finally {
    await later.close();
  }
});
