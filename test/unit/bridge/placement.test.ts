import { describe, expect, test } from "vitest";
import type { ServerCapacity } from "../../../provisioner-bridge/engines/engine.ts";
import { judgeCapacity } from "../../../provisioner-bridge/engines/postgres/capacity.ts";
import { postgresServerSchema } from "../../../provisioner-bridge/engines/postgres/configuration.ts";
import { chooseServer, withOneTaken } from "../../../provisioner-bridge/placement/choose-server.ts";
import { UNLIMITED_COUNTS_AS_CONNECTIONS } from "../../../provisioner-bridge/placement/usage.ts";
import { Refusal } from "../../../provisioner-bridge/refusal.ts";

const open = (
  server: string,
  maxTenants: number,
  connectionBudget: number,
  storageBudgetMb = Number.POSITIVE_INFINITY,
): ServerCapacity => ({
  server,
  status: "open",
  maxTenants,
  connectionBudget,
  storageBudgetMb,
  freeConnections: 10,
});
const down: ServerCapacity = { server: "down", status: "down", cause: new Error("no answer") };
const full: ServerCapacity = { server: "full", status: "full", freeConnections: 0 };
const limits = (connections: number) => ({ connections, storage_mb: 10 });

function choice(...parameters: Parameters<typeof chooseServer>): string {
  try {
    return chooseServer(...parameters);
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

describe("a new tenant", () => {
  test.each([
    ["goes to an empty server", [open("a", 1, 2)], [], 2, "a"],
    ["takes the last place", [open("a", 3, 100)], [{ server: "a", tenants: 2, connections: 4, storage_mb: 90 }], 2, "a"],
    [
      "is refused when the places are taken",
      [open("a", 3, 100)],
      [{ server: "a", tenants: 3, connections: 6, storage_mb: 90 }],
      2,
      "capacity",
    ],
    ["takes the last connections", [open("a", 9, 6)], [{ server: "a", tenants: 2, connections: 4, storage_mb: 90 }], 2, "a"],
    [
      "is refused when the connections are promised",
      [open("a", 9, 6)],
      [{ server: "a", tenants: 2, connections: 5, storage_mb: 90 }],
      2,
      "capacity",
    ],
    ["takes the last storage", [open("a", 9, 99, 100)], [{ server: "a", tenants: 2, connections: 4, storage_mb: 90 }], 2, "a"],
    [
      "is refused when the storage is promised",
      [open("a", 9, 99, 99)],
      [{ server: "a", tenants: 2, connections: 4, storage_mb: 90 }],
      2,
      "capacity",
    ],
    ["without a limit counts as many", [open("a", 9, UNLIMITED_COUNTS_AS_CONNECTIONS - 1)], [], -1, "capacity"],
    [
      "goes where the most room is",
      [open("a", 10, 99), open("b", 10, 99)],
      [{ server: "a", tenants: 5, connections: 5, storage_mb: 90 }],
      2,
      "b",
    ],
    ["passes by servers that are full or down", [down, full, open("c", 1, 2)], [], 2, "c"],
    ["hears capacity when one answers and has no room", [down, full], [], 2, "capacity"],
    ["hears engine_unavailable when none answers", [down], [], 2, "engine_unavailable"],
    ["hears unknown_engine when there is none", [], [], 2, "unknown_engine"],
  ])("%s", (_, capacities, usage, connections, expected) => {
    expect(choice(capacities, usage, limits(connections))).toBe(expected);
  });
});

test("one that is taken frees its place, on its own server only", () => {
  const usage = ["a", "b"].map((server) => ({ server, tenants: 3, connections: 30, storage_mb: 40 }));
  expect(withOneTaken(usage, ["a"])).toEqual([{ server: "a", tenants: 2, connections: 30, storage_mb: 40 }, usage[1]]);
});

describe("a server", () => {
  const config = postgresServerSchema.parse({
    id: "pg",
    admin_url: "postgres://localhost/postgres",
    public_host: "h",
    public_port: 5432,
    internal_host: "h",
    internal_port: 5432,
    max_databases: 50,
    connection_oversubscription: 2.5,
    readiness_reserve: 5,
    disk_free_min_percent: 10,
  });
  const slots = { max: 100, reserved: 3, used: 20 };

  test("promises its usable slots times the oversubscription", () => {
    expect(judgeCapacity(config, slots, null)).toEqual({
      server: "pg",
      status: "open",
      maxTenants: 50,
      connectionBudget: 230,
      storageBudgetMb: Number.POSITIVE_INFINITY,
      freeConnections: 72,
    });
  });

  test.each([
    ["one free slot beyond the reserves", { ...slots, used: 91 }, 50, "open"],
    ["only the reserves left", { ...slots, used: 92 }, 50, "full"],
    ["just enough disk", slots, 10, "open"],
    ["too little disk", slots, 9.9, "full"],
  ])("with %s", (_, given, disk, expected) => {
    expect(judgeCapacity(config, given, disk).status).toBe(expected);
  });
});
