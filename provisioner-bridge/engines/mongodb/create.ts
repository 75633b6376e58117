/** Makes a tenant: its user, marked from the first moment, and the proof. MongoDB makes the database with the first document. */
import { type Point, runSteps, type Step } from "../../steps.ts";
import type { Engine } from "../engine.ts";
import { proveReady } from "./ready.ts";
import type { MongodbServer } from "./server.ts";
import { ensureUser } from "./users.ts";

type NewTenant = Parameters<Engine["create"]>[1];

type Making = { server: MongodbServer; user: NewTenant };

export const CREATE_STEPS: readonly Step<Making>[] = [
  { name: "user", do: ({ server, user }) => ensureUser(server, user) },
  { name: "ready", do: ({ server, user }) => proveReady(server, user) },
];

/** Creates the tenant, or finishes its half-done create, and works as it. */
export const createTenant = (server: MongodbServer, tenant: NewTenant, point: Point): Promise<void> =>
  runSteps(CREATE_STEPS, { server, user: { ...tenant, access: "full" } }, point);
