/** Makes a tenant: mark, user, proof. Every step meets its own earlier work. */
import { type Point, runSteps, type Step } from "../../steps.ts";
import type { Engine } from "../engine.ts";
import { proveReady } from "./ready.ts";
import type { RedisServer } from "./server.ts";
import { makeUser } from "./users.ts";

type NewTenant = Parameters<Engine["create"]>[1];

type Making = { server: RedisServer; tenant: NewTenant };

/** Marked first: after a crash the rest is found by its mark. */
export const CREATE_STEPS: readonly Step<Making>[] = [
  { name: "mark", do: ({ server, tenant }) => mark(server, tenant.name) },
  { name: "user", do: ({ server, tenant }) => makeUser(server, tenant, tenant.access) },
  { name: "ready", do: ({ server, tenant }) => proveReady(server, tenant, tenant.access) },
];

/** Creates the tenant, or a forgotten one again, and connects as it. */
export const createTenant = (server: RedisServer, tenant: NewTenant, point: Point): Promise<void> =>
  runSteps(CREATE_STEPS, { server, tenant }, point);

/** Asked first: a full server takes no write, but a tenant it has forgotten must still be able to come in and delete. */
async function mark({ link, owners }: RedisServer, name: string): Promise<void> {
  const [isMarked] = await link.run(["SISMEMBER", owners, name]);
  if (isMarked !== 1) await link.run(["SADD", owners, name]);
}
