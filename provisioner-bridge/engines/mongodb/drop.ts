/** Removes a tenant. The user is removed last: its mark stays until the rest is removed. */
import { z } from "zod";
import { Refusal } from "../../refusal.ts";
import { type Point, runSteps, type Step } from "../../steps.ts";
import { adminCommand, command, type MongodbServer } from "./server.ts";
import { endSessions, lockOut } from "./users.ts";

/** A write that was under way may bring the database back while it is dropped; no new write can begin. */
const SWEEPS_MAX = 3;

type Dropping = { server: MongodbServer; name: string };

export const DROP_STEPS: readonly Step<Dropping>[] = [
  {
    name: "lock",
    async do({ server, name }) {
      if (await lockOut(server, name)) await endSessions(server, name);
    },
  },
  { name: "database", do: ({ server, name }) => command(server, name, { dropDatabase: 1 }) },
  {
    name: "user",
    async do({ server, name }) {
      await command(server, name, { dropAllRolesFromDatabase: 1 });
      await command(server, name, { dropAllUsersFromDatabase: 1 });
      await sweep(server, name);
    },
  },
];

/** Drops what exists of the tenant; a part that is already gone is no error. */
export const dropTenant = (server: MongodbServer, name: string, point: Point): Promise<void> =>
  runSteps(DROP_STEPS, { server, name }, point);

const listedSchema = z.object({ databases: z.array(z.object({ name: z.string() })) });

async function sweep(server: MongodbServer, name: string): Promise<void> {
  for (let sweeps = 0; sweeps < SWEEPS_MAX; sweeps += 1) {
    const answer = await adminCommand(server, { listDatabases: 1, nameOnly: true, filter: { name } });
    if (listedSchema.parse(answer).databases.length === 0) return;
    await command(server, name, { dropDatabase: 1 });
  }
  throw new Refusal("engine_unavailable", { cause: new Error("a database that was dropped is back again") });
}
