/** What stays connected when nobody asks for anything: the first create after a quiet hour waits for no login. */
import type pg from "pg";
import { expect, test, vi } from "vitest";
import { postgresVariables } from "../../../provisioner-bridge/engines/postgres/configuration.ts";
import { closeServer, createPostgresServer } from "../../../provisioner-bridge/engines/postgres/server.ts";
import { createLog } from "../../../provisioner-bridge/log.ts";
import { systemClock } from "../../../provisioner-bridge/ports/clock.ts";
import { systemRandom } from "../../../provisioner-bridge/ports/random.ts";
import { openRegistry } from "../../../provisioner-bridge/registry/database.ts";
import { useBridge } from "./fixture.ts";

const fixture = useBridge();
const HOUR_MS = 3_600_000;
const log = createLog("silent");

/** Opens `most` connections at once, gives them back, and lets an hour go by. @returns how many are left */
async function afterAnHour(pool: pg.Pool, most: number): Promise<number> {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const clients = await Promise.all(Array.from({ length: most }, () => pool.connect()));
    for (const client of clients) client.release();
    expect(pool.idleCount).toBe(most);
    vi.advanceTimersByTime(HOUR_MS);
    return pool.idleCount;
  } finally {
    vi.useRealTimers();
  }
}

test("a tenants' server: two for creates, one for health checks", async () => {
  const [config] = postgresVariables.parse(fixture.t.env).BRIDGE_POSTGRES_SERVERS;
  if (config === undefined) throw new Error("the bridge has no server");
  const server = createPostgresServer(config, { registryId: "another", clock: systemClock, random: systemRandom, log });
  expect([await afterAnHour(server.pool, 3), await afterAnHour(server.healthChecks, 1)]).toEqual([2, 1]);
  await closeServer(server);
});

test("the registry: four", async () => {
  const registry = openRegistry(fixture.t.env.BRIDGE_REGISTRY_URL ?? "", log);
  expect(await afterAnHour(registry, 6)).toBe(4);
  await registry.end();
});
