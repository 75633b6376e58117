/** The tenants on a server that bear our mark. */
import { z } from "zod";
import type { EngineTenant } from "../engine.ts";
import { adminCommand, type MongodbServer } from "./server.ts";

const usersSchema = z.object({ users: z.array(z.object({ user: z.string(), db: z.string() })) });

/** A user is made in one command with its password and its rights, and its database comes with the first document: all are whole. */
export async function listTenants(server: MongodbServer): Promise<EngineTenant[]> {
  const { owner, registry } = server.mark;
  const answer = await adminCommand(server, {
    usersInfo: { forAllDBs: true },
    filter: { "customData.owner": owner, "customData.registry": registry },
  });
  return usersSchema
    .parse(answer)
    .users.map(({ db }) => ({ name: db, isWhole: true }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
