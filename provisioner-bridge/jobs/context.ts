/** What the handlers of all jobs are given, and the grant that several of them answer with. */
import type pg from "pg";
import type { EngineName } from "../../contract/engines.ts";
import type { Grant } from "../../contract/jobs.ts";
import type { BurstDetector } from "../burst.ts";
import type { Passwords } from "../credentials/password.ts";
import type { Engine } from "../engines/engine.ts";
import type { Fault } from "../faults.ts";
import type { Pools } from "../pool/pool.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { Refusal } from "../refusal.ts";
import type { PlacedTenant } from "../registry/tenants.ts";

export type JobDeps = {
  registry: pg.Pool;
  engines: Readonly<Partial<Record<EngineName, Engine>>>;
  passwords: Passwords;
  clock: Clock;
  random: Random;
  fault: Fault;
  /** Ready-made tenants. */
  pools: Pick<Pools, "of">;
  bursts: BurstDetector;
};

/** @throws Refusal unknown_engine */
export function engineOf(deps: JobDeps, name: EngineName): Engine {
  const engine = deps.engines[name];
  if (engine === undefined || engine.servers.length === 0) throw new Refusal("unknown_engine");
  return engine;
}

/** What a grant is made from. */
export type Granted = Pick<PlacedTenant, "server" | "name" | "secret_id" | "rotation" | "limits" | "access">;

/** The tenant's credentials, derived again; what a provider chooses is minted anew. Secret. */
export async function grantFor({ passwords }: JobDeps, engine: Engine, tenant: Granted): Promise<Grant> {
  const { server, name, rotation, limits, access } = tenant;
  const password = passwords.derive({ secretId: tenant.secret_id, name, rotation });
  return { ...(await engine.grant(server, { name, password, limits, access })), rotation };
}
