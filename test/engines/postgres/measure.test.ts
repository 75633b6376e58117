/** A database is sized anew when it may have changed, and only then. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { postgresVariables } from "../../../provisioner-bridge/engines/postgres/configuration.ts";
import { measureTenants } from "../../../provisioner-bridge/engines/postgres/measure.ts";
import { createPostgresServer, type PostgresServer } from "../../../provisioner-bridge/engines/postgres/server.ts";
import { createLog } from "../../../provisioner-bridge/log.ts";
import { systemClock } from "../../../provisioner-bridge/ports/clock.ts";
import { systemRandom } from "../../../provisioner-bridge/ports/random.ts";
import { dropJob } from "../../support/bridge.ts";
import { connected, makeTenant, useBridge, verifyCleanSlate } from "./fixture.ts";

const fixture = useBridge();
const made: string[] = [];
/** No database has this size: it shows that a remembered one was answered. */
const REMEMBERED = 7;
let server: PostgresServer;

beforeAll(() => {
  const [config] = postgresVariables.parse(fixture.t.env).BRIDGE_POSTGRES_SERVERS;
  if (config === undefined) throw new Error("the bridge has no server");
  server = createPostgresServer(config, { registryId: "another", clock: systemClock, random: systemRandom, log: createLog("silent") });
});
afterAll(() => server.pool.end());
afterEach(async () => {
  for (const id of made.splice(0)) await fixture.t.run(dropJob(id, 99));
  await verifyCleanSlate(fixture);
});

/** A tenant whose size is remembered as REMEMBERED. */
async function remembered() {
  const one = await makeTenant(fixture);
  made.push(one.id);
  const sized = async () => (await measureTenants(server, [one.name])).get(one.name);
  // The session of the readiness check may still be about to leave.
  await expect
    .poll(async () => {
      await sized();
      server.sized.set(one.name, { mark: server.sized.get(one.name)?.mark ?? "", bytes: REMEMBERED });
      return sized();
    })
    .toBe(REMEMBERED);
  return { ...one, sized };
}

test("nobody came, nothing changed: what was measured before is the answer", async () => {
  const { sized } = await remembered();
  for (const _ of ["once", "again"]) expect(await sized()).toBe(REMEMBERED);
});

test("somebody who is connected, idle or in the middle of a transaction, has it sized anew", async () => {
  const { sized, url } = await remembered();
  await connected(url, async () => expect(await sized()).not.toBe(REMEMBERED));
});

test("somebody who came, wrote and left has it sized anew", async () => {
  const { sized, url } = await remembered();
  await connected(url, (client) => client.query("CREATE TABLE t AS SELECT repeat('x', 1000) FROM generate_series(1, 2000)"));
  await expect.poll(sized).toBeGreaterThan(2_000_000);
});

test("a counter that says nothing is found out after a while", async () => {
  const { name, sized } = await remembered();
  const mark = server.sized.get(name)?.mark ?? "";
  server.sized.set(name, { mark: mark.replace(/\d+$/, (beat) => String(Number(beat) - 1)), bytes: REMEMBERED });
  expect(await sized()).not.toBe(REMEMBERED);
});

test("one that cannot be measured is left out, and keeps nobody else from it", async () => {
  const [bad, good] = [await makeTenant(fixture), await makeTenant(fixture)];
  made.push(bad.id, good.id);
  const { rows } = await server.pool.query<{ oid: number }>("SELECT oid FROM pg_database WHERE datname = $1", [bad.name]);
  // Among its files stands one that nobody can look at.
  const loop = `base/${rows[0]?.oid}/loop`;
  const inDataDirectory = (command: string) => server.pool.query(`COPY (SELECT 1) TO PROGRAM '${command}'`);
  await inDataDirectory(`ln -s loop ${loop}`);
  try {
    expect([...(await measureTenants(server, [bad.name, good.name])).keys()]).toEqual([good.name]);
    expect(await measureTenants(server, [bad.name])).toEqual(new Map());
  } finally {
    await inDataDirectory(`rm ${loop}`);
  }
  expect([...(await measureTenants(server, [bad.name, good.name])).keys()].sort()).toEqual([bad.name, good.name].sort());
});
