/**
 * Cuts tenants of engines that cannot limit a size themselves: above three times its limit, a tenant may only read and delete until
 * it is below 90 %. The platform's limit jobs come later; this acts within seconds (docs/limits.md). A cut is written to the registry
 * before it is made and removed from it after it is lifted, so the next measurement finishes what a crash cut off.
 */
import type pg from "pg";
import type { EngineName } from "../../contract/engines.ts";
import { GROSS_EXCESS, isBelowLift } from "../../contract/excess.ts";
import type { Measured } from "../engines/deps.ts";
import type { Engine } from "../engines/engine.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import { Refusal } from "../refusal.ts";
import { withRegistry } from "../registry/database.ts";
import { withResourceLock } from "../registry/lock.ts";
import { type Candidate, noteCut, noteLifted, readCandidates, readCut } from "./rows.ts";

/** A candidate's `excess` counts in units of its own limit. */
const ITS_LIMIT = 1;

export type CutDeps = { registry: pg.Pool; engines: readonly Engine[]; clock: Clock; log: Log };

/** @returns a function that cuts and lifts by what was found; it throws only when the registry does not answer at all */
export function createCuts(deps: CutDeps): (found: Measured) => Promise<void> {
  return async (found) => {
    const candidates = await withRegistry(deps.registry, (client) => readCandidates(client, found, GROSS_EXCESS));
    for (const candidate of candidates) {
      try {
        if (candidate.is_cut && isBelowLift(candidate.excess, ITS_LIMIT)) await lift(deps, found, candidate);
        else await keepCut(deps, found, candidate);
      } catch (err) {
        deps.log.warn({ err, name: candidate.name, resource_id: candidate.resource_id }, "a tenant could not be cut or lifted yet");
      }
    }
  };
}

/** Also for a tenant that is already cut: a crash may have come between the registry and the server. */
async function keepCut(deps: CutDeps, { engine, server }: Measured, candidate: Candidate): Promise<void> {
  const { resource_id, name, bytes, is_cut } = candidate;
  await withResourceLock(deps.registry, resource_id, async (client) => {
    const limits = await noteCut(client, resource_id, deps.clock.now());
    if (limits === null) return;
    await engineOf(deps, engine).limit(server, name, limits, "read_only");
    if (!is_cut) deps.log.warn({ server, name, resource_id, bytes }, "cut to reading and deleting: far over its size");
  });
}

async function lift(deps: CutDeps, { engine, server }: Measured, { resource_id, name, bytes }: Candidate): Promise<void> {
  await withResourceLock(deps.registry, resource_id, async (client) => {
    const limits = await readCut(client, resource_id);
    if (limits === null) return;
    await engineOf(deps, engine).limit(server, name, limits, "full");
    await noteLifted(client, resource_id, deps.clock.now());
    deps.log.info({ server, name, resource_id, bytes }, "lifted: back below its size");
  });
}

function engineOf({ engines }: CutDeps, name: EngineName): Engine {
  const engine = engines.find((one) => one.engine === name);
  if (engine === undefined) throw new Refusal("unknown_engine");
  return engine;
}
