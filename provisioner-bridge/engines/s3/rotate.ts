/** Gives a tenant other keys. The old ones die at once where the backend can end them, else when they expire (docs/limits.md). */
import type { Engine } from "../engine.ts";
import { proveAccess } from "./ready.ts";
import type { S3Server } from "./server.ts";

export async function rotateTenant(server: S3Server, tenant: Parameters<Engine["rotate"]>[1]): Promise<void> {
  await server.grants.retireOthers(tenant, tenant.access);
  await proveAccess(server, tenant);
}
