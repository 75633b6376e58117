/** What the figures were measured on. */
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { z } from "zod";
import type { World } from "./world.ts";

const GIB = 1024 ** 3;

/** The one-minute load average. */
export function loadNow(): number {
  return loadavg()[0] ?? 0;
}

export function describeMachine(): { cores: number; cpu: string; memoryGb: number } {
  return { cores: availableParallelism(), cpu: cpus()[0]?.model ?? "unknown", memoryGb: Math.round(totalmem() / GIB) };
}

const settingsSchema = z.tuple([z.object({ version: z.string(), fsync: z.string(), buffers: z.string() })]);

/** The tenants' server. The raw SQL and the bridge both leave the strategy to it. */
export async function describeTenantsServer({ tenants }: World): Promise<Record<string, string>> {
  const { rows } = await tenants.query(
    "SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync, current_setting('shared_buffers') AS buffers",
  );
  const [{ version, fsync, buffers }] = settingsSchema.parse(rows);
  return { PostgreSQL: version.split(" ")[0] ?? version, fsync, shared_buffers: buffers, strategy: "WAL_LOG (the server's default)" };
}
