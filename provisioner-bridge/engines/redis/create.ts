/** Makes a tenant: mark, user, proof. Every step meets its own earlier work. */
import type { Engine, Step } from "../engine.ts";
import { proveReady } from "./ready.ts";
import type { RedisServer } from "./server.ts";
import { makeUser } from "./users.ts";

type NewTenant = Parameters<Engine["create"]>[1];

/**
 * Creates the tenant, or a forgotten one again, and connects as it. Marked first: after a crash the rest is found by its mark.
 * @param step called between the steps
 */
export async function createTenant(server: RedisServer, tenant: NewTenant, step: Step): Promise<void> {
  await mark(server, tenant.name);
  await step("after_mark");
  await makeUser(server, tenant, tenant.access);
  await step("after_user");
  await proveReady(server, tenant, tenant.access);
  await step("after_ready");
}

/** Asked first: a full server takes no write, but a tenant it has forgotten must still be able to come in and delete. */
async function mark({ link, owners }: RedisServer, name: string): Promise<void> {
  const [isMarked] = await link.run(["SISMEMBER", owners, name]);
  if (isMarked !== 1) await link.run(["SADD", owners, name]);
}
