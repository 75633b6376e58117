/** The stack that builds and runs apps: one for all files, so each file uses teams of its own. */
import pg from "pg";
import type { TeamTier } from "../../contract/plans.ts";
import { newAccount, newApiKey, type Signed } from "./accounts.ts";
import { apiOf } from "./api.ts";
import { FIRST_START_TIMEOUT_MS, lent } from "./lent.ts";
import type { StackFacts } from "./stack.ts";

export const stack = await lent<StackFacts>("apps-stack", FIRST_START_TIMEOUT_MS);
export const api = apiOf(stack);

export type AccountWithKey = { signed: Signed; teamId: string; key: string; bearer: { Authorization: string } };

/** A new team with a key that may do everything. @param tier set in the database: payment has tests of its own */
export async function accountWithKey(tier: TeamTier = "hobby"): Promise<AccountWithKey> {
  const signed = await newAccount(api);
  const { key, bearer } = await newApiKey(api, signed, ["read", "write", "admin"]);
  const { body } = await api.call("GET", "/api/v1/whoami", { headers: bearer });
  const teamId = (body as { team_id: string }).team_id;
  await inPlatform((client) => client.query("UPDATE teams SET tier = $1 WHERE id = $2", [tier, teamId]));
  return { signed, teamId, key, bearer };
}

export async function inPlatform<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: stack.platformUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
