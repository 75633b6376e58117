/** Redis forgets its users with every start: the bridge gives it all of them back from its registry, within seconds, unasked. */
import { afterEach, expect, test, vi } from "vitest";
import { grantOf, startTestBridge } from "../../support/bridge.ts";
import { canUse, commands, outcomeOf, prefixOf } from "../../support/redis.ts";
import { expectCleanSlate, type Made, makeTenant } from "../suite/subject.ts";
import { LIMITS, useRedis } from "./subject.ts";

const bench = useRedis();
const MANY = 25;
const WITHIN = { timeout: 5_000, interval: 20 };

afterEach(async () => {
  const { rows } = await bench.t.registry.query<{ resource_id: string }>("SELECT resource_id FROM tenants WHERE state <> 'dropped'");
  for (const { resource_id } of rows) await bench.t.run(bench.jobs.dropJob(resource_id, 99));
  await expectCleanSlate(bench);
});

const kept = (url: string) => `${prefixOf(url)}kept`;
const keep = ({ grant }: Made) => commands(grant.connection_url, [["SET", kept(grant.connection_url), grant.connection_url]]);
const read = async (url: string) => (await commands(url, [["GET", kept(url)]]))[0];

test("after kill -9 every tenant logs in again, with its data, its password and its access; a dropped one does not", async () => {
  const { jobs, server, t } = bench;
  const all = await Promise.all(Array.from({ length: MANY }, () => makeTenant(bench)));
  await Promise.all(all.map(keep));
  const [rotated, cut, shut, dropped, ...rest] = all;
  if (!rotated || !cut || !shut || !dropped) throw new Error("too few");
  const newUrl = grantOf(await t.run(jobs.rotateJob(rotated.id, 2, 1))).connection_url;
  await t.run(jobs.limitJob(cut.id, 2, LIMITS, "read_only"));
  await t.run(jobs.limitJob(shut.id, 2, LIMITS, "none"));
  await t.run(jobs.dropJob(dropped.id));

  await server.redis.halt("crash");
  await server.redis.restart();
  const begun = performance.now();
  await vi.waitFor(async () => {
    for (const { grant } of rest) expect(await read(grant.connection_url)).toBe(grant.connection_url);
    expect(await read(newUrl)).toBe(rotated.grant.connection_url);
    expect(await read(cut.grant.connection_url)).toBe(cut.grant.connection_url);
  }, WITHIN);
  console.log(`${MANY - 1} tenants were back ${Math.round(performance.now() - begun)} ms after Redis answered again`);

  expect(await canUse(rotated.grant.connection_url)).toBe("WRONGPASS");
  expect(await canUse(cut.grant.connection_url)).toBe("NOPERM");
  expect(await outcomeOf(commands(cut.grant.connection_url, [["DEL", kept(cut.grant.connection_url)]]))).toBe("ok");
  expect(await canUse(shut.grant.connection_url)).toBe("WRONGPASS");
  expect(await canUse(dropped.grant.connection_url)).toBe("WRONGPASS");
  expect(await server.redis.admin("KEYS", `${dropped.name}*`)).toEqual([]);
});

test("a drop that had begun before the crash is finished after it, data included", async () => {
  const { jobs, server, t } = bench;
  const made = await makeTenant(bench);
  await keep(made);
  bench.failAt("bridge.drop.after_registry");
  await t.run(jobs.dropJob(made.id));
  t.clock.advance(3 * 60_000);
  await server.redis.halt("crash");
  await server.redis.restart();
  await expect.poll(() => server.redis.admin("KEYS", `${made.name}*`), WITHIN).toEqual([]);
  expect((await t.run(jobs.dropJob(made.id))).status).toBe(200);
});

test("what came back with a crash of a tenant that was dropped is dropped again", async () => {
  const { jobs, server, t } = bench;
  const made = await makeTenant(bench);
  await t.run(jobs.dropJob(made.id));
  // As the log of writes leaves it when its last second is lost: the end of a drop is its mark's.
  const { rows } = await t.registry.query<{ id: string }>("SELECT id FROM registry_identity");
  await server.redis.admin("SADD", `instanode:tenants:${rows[0]?.id}`, made.name);
  await server.redis.admin("SET", `${made.name}:kept`, "1");
  t.clock.advance(3 * 60_000);
  expect((await t.bridge.reconcileOnce()).findings.undropped).toEqual([made.name]);
  expect(await server.redis.admin("KEYS", `${made.name}*`)).toEqual([]);
});

test("a bridge that starts after the server was started gives it its tenants back, too", async () => {
  const { server, t } = bench;
  const made = await makeTenant(bench);
  await server.redis.admin("ACL", "DELUSER", made.name);
  expect(await canUse(made.grant.connection_url)).toBe("WRONGPASS");
  const other = await startTestBridge({ like: t });
  try {
    await expect.poll(() => canUse(made.grant.connection_url), WITHIN).toBe("ok");
  } finally {
    await other.close();
  }
});

test("a change of a tenant that is not back yet is refused for now, brings it back, and makes no user out of nothing", async () => {
  const { jobs, server, t } = bench;
  const made = await makeTenant(bench);
  let generation = 1;
  const changes = [
    (next: number) => jobs.rotateJob(made.id, next, next - 1),
    (next: number) => jobs.limitJob(made.id, next, LIMITS, "read_only"),
  ];
  for (const change of changes) {
    let job = change(2);
    // A pass of the reconciler that is still under way may restore the user before the job comes: then another job is tried.
    await expect
      .poll(async () => {
        generation += 1;
        job = change(generation);
        await server.redis.admin("ACL", "DELUSER", made.name);
        return (await t.run(job)).body;
      }, WITHIN)
      .toMatchObject({ error: "engine_unavailable", retry_after_seconds: expect.any(Number) });
    await expect.poll(async () => (await t.run(job)).status, WITHIN).toBe(200);
  }
});

test("ten thousand tenants are told from one look, without describing one", async () => {
  const { server, t } = bench;
  await makeTenant(bench);
  await t.bridge.reconcileOnce();
  const slow = await server.redis.admin<string>("INFO", "commandstats");
  expect(slow).toContain("cmdstat_acl|users");
  expect(slow).not.toContain("cmdstat_acl|list:");
});
