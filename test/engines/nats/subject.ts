/** NATS as the engine suite sees it, and what the files of this folder share. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { TenantLimits } from "../../../contract/jobs.ts";
import { type AccountState, readAccount } from "../../../provisioner-bridge/engines/nats/account.ts";
import { accountKey } from "../../../provisioner-bridge/engines/nats/identity.ts";
import { keyOfSeed, type NatsKey } from "../../../provisioner-bridge/engines/nats/nkeys.ts";
import { startTestNats, type TestNats, type TestNatsOptions } from "../../support/nats.ts";
import { openAdmin, queueOf, useQueue } from "../../support/nats-client.ts";
import type { Subject } from "../suite/subject.ts";

export const QUEUE_LIMITS: TenantLimits = { connections: 4, storage_mb: 8, streams: 4 };

/** Files the server keeps of an account, live or not. A deleted account's own file, renamed, is all that older servers keep. */
export function filesOf({ secrets, directory }: TestNats, name: string): string[] {
  const account = accountKey(Buffer.from(secrets.natsAccountSecret, "base64url"), name).id;
  const accounts = readdirSync(join(directory, "accounts")).filter((file) => file === `${account}.jwt`);
  return existsSync(join(directory, "jetstream", account)) ? [...accounts, `streams of ${account}`] : accounts;
}

export function natsSubject(options: TestNatsOptions = {}): Subject<TestNats> {
  return {
    engine: "nats",
    limits: QUEUE_LIMITS,
    startServer: () => startTestNats(options),
    use: (grant) => useQueue(queueOf(grant)),
    leftovers: async (server, names) => names.flatMap((name) => filesOf(server, name)),
  };
}

type Signing = { operator: NatsKey; account: string; iat: number };

/** Pushes another account of a tenant behind the bridge's back, made from what the server has. */
export async function pushAs(
  { secrets, adminUrl }: TestNats,
  name: string,
  jwtOf: (seen: AccountState, signing: Signing) => string,
): Promise<void> {
  const operator = keyOfSeed(secrets.natsOperatorSeed, "O");
  const account = accountKey(Buffer.from(secrets.natsAccountSecret, "base64url"), name).id;
  const admin = await openAdmin(adminUrl);
  const seen = readAccount((await admin.request(`$SYS.REQ.ACCOUNT.${account}.CLAIMS.LOOKUP`)).string());
  if (seen?.state == null) throw new Error("the account has no state");
  await admin.request("$SYS.REQ.CLAIMS.UPDATE", jwtOf(seen.state, { operator, account, iat: 1 }));
  await admin.close();
}
