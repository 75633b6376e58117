/** Makes a tenant: its user, marked from the first moment, and the proof. MongoDB makes the database with the first document. */
import type { Engine, Step } from "../engine.ts";
import { proveReady } from "./ready.ts";
import type { MongodbServer } from "./server.ts";
import { ensureUser } from "./users.ts";

type NewTenant = Parameters<Engine["create"]>[1];

/** Creates the tenant, or finishes its half-done create, and works as it. @param step called between the steps */
export async function createTenant(server: MongodbServer, tenant: NewTenant, step: Step): Promise<void> {
  const user = { ...tenant, access: "full" } as const;
  await ensureUser(server, user);
  await step("after_user");
  await proveReady(server, user);
  await step("after_ready");
}
