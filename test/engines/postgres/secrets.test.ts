/** Passwords, URLs, secrets and signed jobs stand in no log line, no row and no error answer. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createPoints } from "../../../provisioner-bridge/faults.ts";
import { createJob, dropJob, grantOf, rotateJob } from "../../support/bridge.ts";
import { makeTenant, useBridge } from "./fixture.ts";

// The server's own log says all it can, as an operator may have set it.
const LOUD = { log_statement: "'all'", log_min_duration_statement: "0" };
const fixture = useBridge({ cluster: { settings: LOUD } });

/** Everything the registry holds, as text. */
async function registryText(): Promise<string> {
  const tables = await fixture.registry<{ tablename: string }>("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  const rows = await Promise.all(tables.map(({ tablename }) => fixture.registry(`SELECT t::text FROM "${tablename}" t`)));
  return JSON.stringify(rows);
}

test("after creates, retries, rotations, failures and drops, no canary is found", async () => {
  const { t } = fixture;
  const canaries = new Set<string>(["SCRAM-SHA-256$"]);
  const spill: string[] = [];
  const remember = (url: string) => canaries.add(url).add(new URL(url).password);

  const { id, url } = await makeTenant(fixture);
  remember(url);
  const jws = await t.sign(createJob(id), `${id}.create.1`);
  canaries.add(jws);
  remember(grantOf(await t.post(jws)).internal_url);
  remember(grantOf(await t.run(rotateJob(id, 2, 1))).connection_url);

  for (const point of createPoints("postgres")) {
    const failed = randomUUID();
    fixture.failAt(point);
    spill.push((await t.run(createJob(failed))).text);
    remember(grantOf(await t.run(createJob(failed))).connection_url);
    spill.push((await t.run(dropJob(failed))).text);
  }
  // The role's name is taken away under the bridge's feet: PostgreSQL's own errors go through the log.
  const name = new URL(url).username;
  await fixture.sql(`ALTER ROLE ${name} RENAME TO ${name}_x`);
  spill.push((await t.run(rotateJob(id, 3, 2))).text, (await t.post(`${jws}x`)).text, (await t.post("junk")).text);
  await fixture.sql(`ALTER ROLE ${name}_x RENAME TO ${name}`);
  spill.push(
    (await t.run(dropJob(id, 4))).text,
    await (await fetch(`${t.url}/metrics`)).text(),
    await (await fetch(`${t.url}/readyz`)).text(),
  );

  for (const { secret } of JSON.parse(t.env.BRIDGE_SECRETS ?? "[]") as { secret: string }[]) canaries.add(secret);
  canaries.add(new URL(fixture.postgres.url).password).add(t.env.BRIDGE_REGISTRY_URL ?? "");
  const haystack = [...t.logs, ...spill, await registryText(), fixture.postgres.serverLog()].join("\n");
  expect(haystack.length).toBeGreaterThan(10_000);
  expect([...canaries].filter((canary) => canary === "" || haystack.includes(canary))).toEqual([]);
});

test("the lines of one job all bear its request id", async () => {
  const from = fixture.t.logs.length;
  const id = randomUUID();
  const jws = await fixture.t.sign(createJob(id), `${id}.create.1`);
  const answer = await fixture.t.post(jws, { "x-request-id": "req-of-this-test" });
  expect(answer.headers.get("x-request-id")).toBe("req-of-this-test");
  const lines = fixture.t.logs.slice(from).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.filter((line) => line.msg === "job done")).toMatchObject([
    { request_id: "req-of-this-test", resource_id: id, kind: "create" },
  ]);
  expect(lines.every((line) => line.request_id === "req-of-this-test")).toBe(true);
  await fixture.t.run(dropJob(id));
});
