/** What the handler of a job is given. */
import type pg from "pg";
import type { EngineName } from "../../contract/engines.ts";
import type { Grant } from "../../contract/jobs.ts";
import type { Passwords } from "../credentials/password.ts";
import type { Engine, ServerCapacity } from "../engines/engine.ts";
import type { Fault } from "../faults.ts";
import type { Pool } from "../pool/pool.ts";
import type { Traffic } from "../pool/traffic.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { Refusal } from "../refusal.ts";
import type { JournalEntry, PlacedTenant, TenantRow } from "../registry/tenants.ts";
import type { JournaledJob } from "../registry/transitions.ts";

export type JobDeps = {
  registry: pg.Pool;
  engines: Readonly<Partial<Record<EngineName, Engine>>>;
  passwords: Passwords;
  clock: Clock;
  random: Random;
  fault: Fault;
  /** Ready-made tenants. */
  pool: Pick<Pool, "has" | "answering" | "latest" | "sole" | "taken">;
  traffic: Traffic;
};

/** What servers of an engine with room have just said of themselves. */
export type Asked = { capacities: readonly ServerCapacity[]; atMs: number };

/** A job that holds its resource's lock, and what the registry knew when it got it. */
export type LockedJob = JobDeps & {
  /** The connection that holds the lock. */
  client: pg.PoolClient;
  engine: Engine;
  journaled: JournaledJob;
  tenant: TenantRow | null;
  entry: JournalEntry | null;
  /** What the try to hand one out has learned; null where there was none. */
  asked: Asked | null;
};

export function engineOf(deps: JobDeps, name: EngineName): Engine {
  const engine = deps.engines[name];
  if (engine === undefined || engine.servers.length === 0) throw new Refusal("unknown_engine");
  return engine;
}

/** What a grant is made from. */
export type Granted = Pick<PlacedTenant, "server" | "name" | "secret_id" | "rotation" | "limits" | "access">;

/** The tenant's credentials, derived afresh; what a provider chooses is minted anew. Secret. */
export async function grantFor({ passwords }: JobDeps, engine: Engine, tenant: Granted): Promise<Grant> {
  const { server, name, rotation, limits, access } = tenant;
  const password = passwords.derive({ secretId: tenant.secret_id, name, rotation });
  return { ...(await engine.grant(server, { name, password, limits, access })), rotation };
}
