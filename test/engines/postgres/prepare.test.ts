/** A server gets tenants only when it can keep them apart; what is missing is made, and made again when it is lost. */
import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { readinessSchema } from "../../../contract/readiness.ts";
import { TEMPLATE_NAME } from "../../../provisioner-bridge/engines/postgres/template.ts";
import { createJob, dropJob, startTestBridge, type TestBridge } from "../../support/bridge.ts";
import { startTestPostgres, type TestPostgres } from "../../support/postgres.ts";
import { connected, makeTenant, outcomeOf, useBridge, verifyCleanSlate } from "./fixture.ts";

const fixture = useBridge({ cluster: { alone: true } });
const extra: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of extra.splice(0).reverse()) await one.close();
});

async function bridgeOn(postgres: TestPostgres): Promise<TestBridge> {
  const t = await startTestBridge({ postgres, registryServer: fixture.postgres });
  extra.push(t);
  return t;
}
async function server(settings: Record<string, string> = {}): Promise<TestPostgres> {
  const postgres = await startTestPostgres({ alone: true, settings });
  extra.push({ close: () => postgres.dispose() });
  return postgres;
}

test("the template is closed, marked, and reachable by nobody", async () => {
  await makeTenant(fixture).then(({ id }) => fixture.t.run(dropJob(id)));
  expect(await fixture.sql("SELECT datallowconn, datistemplate FROM pg_database WHERE datname = $1", [TEMPLATE_NAME])).toEqual([
    { datallowconn: false, datistemplate: true },
  ]);
});

test("a half-made template is finished, a lost one is made again", async () => {
  for (const break_ of [
    `UPDATE pg_database SET datallowconn = true WHERE datname = '${TEMPLATE_NAME}'; COMMENT ON DATABASE ${TEMPLATE_NAME} IS NULL`,
    `ALTER DATABASE ${TEMPLATE_NAME} IS_TEMPLATE false; DROP DATABASE ${TEMPLATE_NAME}`,
  ]) {
    for (const statement of break_.split(";")) await fixture.sql(statement);
    const id = randomUUID();
    // The first create may find it missing; its retry finds it made.
    const answers = [await fixture.t.run(createJob(id)), await fixture.t.run(createJob(id))];
    expect(answers[1]?.status).toBe(200);
    await fixture.t.bridge.reconcileOnce();
    expect(
      await fixture.sql("SELECT 1 FROM pg_database WHERE datname = $1 AND NOT datallowconn AND datistemplate", [TEMPLATE_NAME]),
    ).toHaveLength(1);
    await fixture.t.run(dropJob(id));
  }
  await verifyCleanSlate(fixture);
});

test("a database somebody makes later is closed to tenants by the next pass", async () => {
  const { id, url } = await makeTenant(fixture);
  await fixture.sql("CREATE DATABASE registry_made_later");
  const knock = () => outcomeOf(connected(url, (client) => client.query("SELECT 1"), { database: "registry_made_later" }));
  expect(await knock()).toBe("ok");
  await fixture.t.bridge.reconcileOnce();
  expect(await knock()).toBe("42501");
  await fixture.sql("DROP DATABASE registry_made_later");
  await fixture.t.run(dropJob(id));
});

test("a server that is down at start keeps the bridge from nothing but creates, and is prepared when it comes", async () => {
  const postgres = await server();
  await postgres.halt("stop");
  const t = await bridgeOn(postgres);
  expect((await t.run(createJob(randomUUID()))).body.error).toBe("engine_unavailable");
  expect(readinessSchema.parse(await (await fetch(`${t.url}/readyz`)).json()).overall).toBe("degraded");
  await postgres.restart();
  expect((await t.run(createJob(randomUUID()))).status).toBe(200);
});

test("a server that lets the superuser in with any password gets no tenant", async () => {
  const postgres = await server();
  await postgres.trustEverybody();
  const t = await bridgeOn(postgres);
  expect((await t.run(createJob(randomUUID()))).body.error).toBe("engine_unavailable");
  expect(t.logs.join("")).toContain("pg_hba.conf");
});

test("a server with prepared transactions gets no tenant", async () => {
  const t = await bridgeOn(await server({ max_prepared_transactions: "5" }));
  expect((await t.run(createJob(randomUUID()))).body.error).toBe("engine_unavailable");
  expect(t.logs.join("")).toContain("max_prepared_transactions");
});
