/** Seeds, JWTs and secrets stand in no log line, no row, no error answer and no file of the server. */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createPoints } from "../../../provisioner-bridge/faults.ts";
import { grantOf } from "../../support/bridge.ts";
import { openQueue, outcomeOf, type Queue, queueOf, useQueue } from "../../support/nats-client.ts";
import { makeTenant, useEngine } from "../suite/subject.ts";
import { natsSubject, QUEUE_LIMITS } from "./subject.ts";

// The server's own log says more than usual. Not all it can: a server that traces shows every message, logins included.
const bench = useEngine({ ...natsSubject({ settings: "debug: true" }), limits: QUEUE_LIMITS });

const secretsOf = ({ credentials }: Queue) => [credentials?.nats_nkey ?? "", credentials?.nats_jwt ?? "", credentials?.creds_file ?? ""];

/** Everything the registry holds, as text. */
async function registryText(): Promise<string> {
  const { rows: tables } = await bench.t.registry.query<{ tablename: string }>(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
  );
  const rows = await Promise.all(
    tables.map(async ({ tablename }) => (await bench.t.registry.query(`SELECT t::text FROM "${tablename}" t`)).rows),
  );
  return JSON.stringify(rows);
}

/** Every file of the server but those of streams, whose content is the tenants' own. */
function serverFiles(): string {
  const folder = join(bench.server.directory, "accounts");
  return readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
}

test("after creates, retries, rotations, limits, failures and drops, no canary is found", async () => {
  const { t, jobs, server } = bench;
  const canaries = new Set<string>();
  const spill: string[] = [];
  const remember = (queue: Queue) => {
    for (const secret of secretsOf(queue)) canaries.add(secret);
    return queue;
  };
  const { id, grant } = await makeTenant(bench);
  const queue = remember(queueOf(grant));
  expect(await useQueue(queue)).toBe("ok");
  remember(queueOf(grantOf(await t.run(jobs.rotateJob(id, 2, 1)))));
  spill.push(await outcomeOf(openQueue(queue)), (await t.run(jobs.limitJob(id, 3, QUEUE_LIMITS, "read_only"))).text);
  for (const point of createPoints("nats")) {
    const failed = randomUUID();
    bench.failAt(point);
    spill.push((await t.run(jobs.createJob(failed, 1, QUEUE_LIMITS))).text);
    remember(queueOf(grantOf(await t.run(jobs.createJob(failed, 1, QUEUE_LIMITS)))));
    spill.push((await t.run(jobs.dropJob(failed))).text);
  }
  await server.halt("crash");
  spill.push((await t.run(jobs.createJob(randomUUID(), 1, QUEUE_LIMITS))).text, (await t.run(jobs.limitJob(id, 4, QUEUE_LIMITS))).text);
  await server.restart();
  spill.push(
    (await t.run(jobs.dropJob(id, 5))).text,
    await (await fetch(`${t.url}/metrics`)).text(),
    await (await fetch(`${t.url}/readyz`)).text(),
  );

  for (const secret of Object.values(server.secrets)) canaries.add(secret);
  for (const { secret } of JSON.parse(t.env.BRIDGE_SECRETS ?? "[]") as { secret: string }[]) canaries.add(secret);
  canaries.add(new URL(server.adminUrl).username);
  const haystack = [...t.logs, ...spill, await registryText(), serverFiles(), server.serverLog()].join("\n");
  expect(haystack.length).toBeGreaterThan(10_000);
  expect([...canaries].filter((canary) => canary === "" || haystack.includes(canary))).toEqual([]);
});
