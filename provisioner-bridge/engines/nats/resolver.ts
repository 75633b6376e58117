/** The server's own store of accounts ("full resolver"), spoken to as the system account. Source: docs.nats.io, "JWT resolver". */
import { TimeoutError } from "@nats-io/nats-core";
import { z } from "zod";
import { Refusal } from "../../refusal.ts";
import { type AccountState, readAccount, type SeenAccount } from "./account.ts";
import { isSilence } from "./errors.ts";
import { signJwt } from "./jwt.ts";
import { ask, askForData, type NatsServer } from "./server.ts";

/** Switching an account's JetStream on reads its streams again; a large one takes seconds. */
const UPDATE_TIMEOUT_MS = 15_000;
/** A server without the account does not answer at all. */
const LOOKUP_TIMEOUT_MS = 2_000;
/** All accounts of a server come one by one: 10,000 take a second. */
const LIST_TIMEOUT_MS = 20_000;
const ACCOUNTS_MAX = 200_000;
const SECOND_MS = 1_000;

/** When a JWT was signed, in seconds. */
export const issuedAt = ({ clock }: NatsServer): number => Math.floor(clock.now().getTime() / SECOND_MS);

const doneSchema = z.object({ code: z.literal(200) });

/** Tells the server of an account, new or changed; connections feel it before this returns. */
export async function pushAccount(server: NatsServer, jwt: string): Promise<void> {
  await askForData(server, "$SYS.REQ.CLAIMS.UPDATE", jwt, doneSchema, UPDATE_TIMEOUT_MS);
}

/** Deletes accounts, those that are not there too; their connections end. With none it only asks whether deleting is allowed. */
export async function deleteAccounts(server: NatsServer, accounts: readonly string[]): Promise<void> {
  const { operator } = server;
  const nats = { type: "generic", accounts };
  const jwt = signJwt(operator, { iat: issuedAt(server), name: "instanode-drop", sub: operator.id, nats });
  await askForData(server, "$SYS.REQ.CLAIMS.DELETE", jwt, doneSchema);
}

/** The accounts the server knows, by public key. */
export async function accountIds(server: NatsServer): Promise<Set<string>> {
  return new Set(await askForData(server, "$SYS.REQ.CLAIMS.LIST", "", z.array(z.string()), LIST_TIMEOUT_MS));
}

/** @throws Refusal unknown_tenant when it is not there, or on its way out */
export async function readState(server: NatsServer, account: string): Promise<AccountState> {
  const state = (await lookUp(server, account))?.state ?? null;
  if (state === null) throw new Refusal("unknown_tenant");
  return state;
}

async function lookUp(server: NatsServer, account: string): Promise<SeenAccount | null> {
  const connection = await server.system.get();
  try {
    const answer = await connection.request(`$SYS.REQ.ACCOUNT.${account}.CLAIMS.LOOKUP`, "", { timeout: LOOKUP_TIMEOUT_MS });
    return readAccount(answer.string());
  } catch (error) {
    if (isSilence(error) && !(await accountIds(server)).has(account)) return null;
    throw error;
  }
}

/** Every account of ours, in one request. */
export async function readAccounts(server: NatsServer): Promise<SeenAccount[]> {
  const connection = await server.system.get();
  const options = { strategy: "sentinel", maxWait: LIST_TIMEOUT_MS, maxMessages: ACCOUNTS_MAX } as const;
  const seen: SeenAccount[] = [];
  let isComplete = false;
  for await (const message of await connection.requestMany("$SYS.REQ.CLAIMS.PACK", "", options)) {
    isComplete = message.data.length === 0;
    const jwt = message.string().split("|")[1];
    const account = jwt === undefined ? null : readAccount(jwt);
    if (account?.registry === server.registryId) seen.push(account);
  }
  // Half a list would make the other half look lost.
  if (!isComplete) throw new TimeoutError();
  return seen;
}

const purgedSchema = z.object({ initiated: z.literal(true) });

/** Removes the streams of an account, whether it is known or not, and their files. */
export async function purgeStreams(server: NatsServer, account: string): Promise<void> {
  await ask(server, `$JS.API.ACCOUNT.PURGE.${account}`, "", purgedSchema, UPDATE_TIMEOUT_MS);
}
