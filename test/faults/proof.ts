/** Proves that what must be whole really works: connects with its URL and runs a query. */
import pLimit from "p-limit";
import pg from "pg";
import { createJob } from "../support/signed-jobs.ts";
import type { Campaign } from "./context.ts";
import type { Expectation } from "./ledger.ts";
import type { Problem } from "./verdict.ts";

const AT_ONCE = 4;
const CONNECT_TIMEOUT_MS = 5_000;

/** @returns a problem for each that does not connect */
export async function findDeaf(campaign: Campaign, expected: ReadonlyMap<string, Expectation>): Promise<Problem[]> {
  const turns = pLimit(AT_ONCE);
  const proofs = [...expected].map(([id, expectation]) => turns(() => proveOne(campaign, id, expectation)));
  return (await Promise.all(proofs)).filter((problem) => problem !== null);
}

async function proveOne(campaign: Campaign, resourceId: string, expectation: Expectation): Promise<Problem | null> {
  try {
    const url = await urlOf(campaign, resourceId, expectation);
    if (url !== null) await useOnce(url);
    return null;
  } catch (cause) {
    return { resourceId, what: `${expectation}, but does not connect: ${String(cause)}` };
  }
}

/** What nobody was told, the bridge derives again: the same job answers the same. */
async function urlOf({ ledger, jobs }: Campaign, resourceId: string, expectation: Expectation): Promise<string | null> {
  if (expectation === "acknowledged") return ledger.acknowledged.get(resourceId)?.connectionUrl ?? null;
  if (expectation !== "unheard") return null;
  const answer = await jobs.run(createJob(resourceId));
  if (!answer.ok) throw new Error(`the bridge refused its own job: ${answer.error}`);
  return answer.outcome.grant.connection_url;
}

async function useOnce(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, query_timeout: CONNECT_TIMEOUT_MS });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("CREATE TABLE IF NOT EXISTS proof (v vector(3))");
    await client.query("INSERT INTO proof VALUES ('[1,2,3]')");
  } finally {
    await client.end().catch(() => undefined);
  }
}
