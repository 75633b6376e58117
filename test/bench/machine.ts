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

const settingsSchema = z.tuple([z.object({ version: z.string(), number: z.coerce.number(), fsync: z.string(), buffers: z.string() })]);

/** `server_version_num` of the first PostgreSQL with a choice; its documentation of CREATE DATABASE names the default. */
const FIRST_WITH_STRATEGY = 150_000;

/** How CREATE DATABASE copies where no statement says how: neither the raw SQL nor, with fsync on, the bridge does. */
export function defaultStrategy(versionNumber: number): string {
  return versionNumber >= FIRST_WITH_STRATEGY
    ? "default (WAL_LOG from PostgreSQL 15 on)"
    : "default (file copy, no choice before PostgreSQL 15)";
}

/** The tenants' server, as far as it says so itself. */
export async function describeTenantsServer({ tenants }: World): Promise<Record<string, string>> {
  const { rows } = await tenants.query(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number,
            current_setting('fsync') AS fsync, current_setting('shared_buffers') AS buffers`,
  );
  const [{ version, number, fsync, buffers }] = settingsSchema.parse(rows);
  return { PostgreSQL: version.split(" ")[0] ?? version, fsync, shared_buffers: buffers, strategy: defaultStrategy(number) };
}
