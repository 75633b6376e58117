/**
 * Gives a tenant other keys. The old ones die at once where the backend can end them, else when they expire (docs/limits.md). What the
 * new ones may do is as before; the job's answer proves them (`grant`).
 */
import type { Tenant } from "../engine.ts";
import type { S3Server } from "./server.ts";

export async function rotateTenant({ grants }: S3Server, tenant: Tenant): Promise<void> {
  await grants.retireOthers(tenant);
}
