/** Proves that what must be whole really works: uses its credentials as an ordinary client would. */

import pLimit from "p-limit";
import { KINDS } from "../../contract/kinds.ts";
import { engineOf } from "../support/engine-of.ts";
import { createJob } from "../support/signed-jobs.ts";
import type { Campaign } from "./context.ts";
import type { Expectation } from "./ledger.ts";
import { kindSubject } from "./subjects/all.ts";
import type { Credentials } from "./subjects/subject.ts";
import type { Problem } from "./verdict.ts";
import type { World } from "./world.ts";

const AT_ONCE = 4;

/** @returns a problem for each that does not work */
export async function findDeaf(campaign: Campaign, expected: ReadonlyMap<string, Expectation>, world: World): Promise<Problem[]> {
  const turns = pLimit(AT_ONCE);
  const proofs = [...expected].map(([id, expectation]) => turns(() => proveOne(campaign, id, expectation, world)));
  return (await Promise.all(proofs)).filter((problem) => problem !== null);
}

/** @returns a problem for each that was dropped and still takes what it is sent */
export async function findUndead({ links }: Campaign, world: World): Promise<Problem[]> {
  const turns = pLimit(AT_ONCE);
  const dropped = world.rows.filter(({ kind, status }) => status === "dropped" && engineOf(kind) === null);
  const proofs = dropped.map(({ id, kind }) =>
    turns(async () => {
      const isGone = await kindSubject(kind).isGone?.(await links(kind, id));
      return isGone === false ? { resourceId: id, what: `${kind}, dropped, but still works` } : null;
    }),
  );
  return (await Promise.all(proofs)).filter((problem) => problem !== null);
}

async function proveOne(campaign: Campaign, resourceId: string, expectation: Expectation, world: World): Promise<Problem | null> {
  const kind = world.rows.find(({ id }) => id === resourceId)?.kind;
  if (kind === undefined) return null;
  try {
    const credentials = await credentialsOf(campaign, resourceId, kind, expectation);
    if (credentials !== null) await kindSubject(kind).use(credentials);
    return null;
  } catch (cause) {
    return { resourceId, what: `${kind}, ${expectation}, but does not work: ${String(cause)}` };
  }
}

/** What nobody was told, the bridge derives again: the same job answers the same. */
async function credentialsOf(
  { ledger, jobs, links }: Campaign,
  resourceId: string,
  kind: World["rows"][number]["kind"],
  expectation: Expectation,
): Promise<Credentials | null> {
  if (expectation === "acknowledged") return ledger.acknowledged.get(resourceId)?.credentials ?? null;
  if (expectation !== "unheard") return null;
  if (engineOf(kind) === null) return links(kind, resourceId);
  const answer = await jobs.run(createJob(resourceId, kind));
  if (!answer.ok) throw new Error(`the bridge refused its own job: ${answer.error}`);
  const { connection_url, internal_url, details } = answer.outcome.grant;
  return KINDS[kind].credentials.parse({ connection_url, internal_url, ...details });
}
