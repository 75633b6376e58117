/** Passwords, URLs, secrets and signed jobs stand in no log line, no row, no error answer, and in nothing Redis writes. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createPoints } from "../../../provisioner-bridge/faults.ts";
import { grantOf } from "../../support/bridge.ts";
import { commands } from "../../support/redis.ts";
import { makeTenant } from "../suite/subject.ts";
import { LIMITS, useRedis } from "./subject.ts";

// The server's own log and its slow log say all they can, as an operator may have set them.
const bench = useRedis({ settings: ["loglevel debug", "slowlog-log-slower-than 0", "slowlog-max-len 100000"] });

async function registryText(): Promise<string> {
  const { rows } = await bench.t.registry.query<{ tablename: string }>("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  const tables = await Promise.all(rows.map(({ tablename }) => bench.t.registry.query(`SELECT t::text FROM "${tablename}" t`)));
  return JSON.stringify(tables.map((table) => table.rows));
}

test("after creates, retries, rotations, failures, a restart and drops, no canary is found", async () => {
  const { jobs, t } = bench;
  const { redis } = bench.server;
  const canaries = new Set<string>();
  const spill: string[] = [];
  const remember = (url: string) => canaries.add(url).add(new URL(url).password);

  const { grant, id, name } = await makeTenant(bench);
  remember(grant.connection_url);
  const jws = await t.sign(jobs.createJob(id, 1, LIMITS), `${id}.create.1`);
  canaries.add(jws);
  remember(grantOf(await t.post(jws)).internal_url);
  remember(grantOf(await t.run(jobs.rotateJob(id, 2, 1))).connection_url);
  for (const point of createPoints("redis")) {
    const failed = randomUUID();
    bench.failAt(point);
    spill.push((await t.run(jobs.createJob(failed, 1, LIMITS))).text);
    remember(grantOf(await t.run(jobs.createJob(failed, 1, LIMITS))).connection_url);
    spill.push((await t.run(jobs.dropJob(failed))).text);
  }
  const slowLog = JSON.stringify(await redis.admin("SLOWLOG", "GET", "-1"));
  expect(slowLog).toContain(name);
  // The user is taken away under the bridge's feet: Redis's own errors go through the log.
  await redis.admin("ACL", "DELUSER", name);
  spill.push((await t.run(jobs.rotateJob(id, 3, 2))).text, (await t.post(`${jws}x`)).text, (await t.post("junk")).text);
  await commands(grant.connection_url, [["PING"]]).catch(() => undefined);
  spill.push(JSON.stringify(await redis.admin("ACL", "LOG")));
  await redis.halt("crash");
  spill.push((await t.run(jobs.createJob(randomUUID(), 1, LIMITS))).text);
  await redis.restart();
  spill.push((await t.run(jobs.dropJob(id, 4))).text, await (await fetch(`${t.url}/metrics`)).text());

  for (const { secret } of JSON.parse(t.env.BRIDGE_SECRETS ?? "[]") as { secret: string }[]) canaries.add(secret);
  canaries.add(new URL(redis.url).password).add(t.env.BRIDGE_REGISTRY_URL ?? "");
  const haystack = [...t.logs, ...spill, slowLog, await registryText(), redis.serverLog(), redis.disk()].join("\n");
  expect(haystack.length).toBeGreaterThan(10_000);
  expect([...canaries].filter((canary) => canary === "" || haystack.includes(canary))).toEqual([]);
  // Nor does the hash a tenant's password is kept as.
  expect(haystack).not.toMatch(/#[0-9a-f]{64}\b/);
});
