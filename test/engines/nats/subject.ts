/** NATS as the engine suite sees it, and what the files of this folder share. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { TenantLimits } from "../../../contract/jobs.ts";
import { accountKey } from "../../../provisioner-bridge/engines/nats/identity.ts";
import { startTestNats, type TestNats, type TestNatsOptions } from "../../support/nats.ts";
import { queueOf, useQueue } from "../../support/nats-client.ts";
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
