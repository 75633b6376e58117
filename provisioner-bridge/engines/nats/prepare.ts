/** Refuses a server that cannot keep tenants apart, and warns of one that is known to leak. */
import { UnfitServer } from "../unfit.ts";
import { readServer, readStorageBytes } from "./monitor.ts";
import { accountIds, deleteAccounts } from "./resolver.ts";
import type { NatsServer } from "./server.ts";

const OLDEST = [2, 9, 0] as const;
/** Until here a tenant that learns a neighbour's account key can delete its streams (CVE-2025-30215); the key is never shown to others. */
const SAFE = [2, 10, 27] as const;

/** Checks version, JetStream, and that accounts can be deleted. Changes nothing. @throws UnfitServer */
export async function checkServer(server: NatsServer): Promise<void> {
  const [{ version }, storageBytes] = await Promise.all([readServer(server), readStorageBytes(server)]);
  if (!isAtLeast(version, OLDEST)) throw new UnfitServer(`nats-server ${OLDEST.join(".")} or newer is needed`);
  if (storageBytes === null) throw new UnfitServer("its JetStream is off");
  // Deleting nothing tells whether deleting is allowed.
  await deleteAccounts(server, []).catch((cause: unknown) => {
    throw new UnfitServer("its resolver must have allow_delete, and trust the configured operator key", { cause });
  });
}

/** Checks that the server keeps accounts itself. It reads all of them for that, so it is asked once. @throws UnfitServer */
export async function checkResolver(server: NatsServer): Promise<void> {
  await accountIds(server).catch((cause: unknown) => {
    throw new UnfitServer("its resolver must be of type full", { cause });
  });
}

/** Said once: an old server is served, it may be all a distribution has. */
export async function warnOfOldServer(server: NatsServer): Promise<void> {
  const { version } = await readServer(server);
  if (!isAtLeast(version, SAFE)) server.log.warn({ version }, `nats-server ${SAFE.join(".")} or newer is safer: CVE-2025-30215`);
}

function isAtLeast(version: string, wanted: readonly number[]): boolean {
  const parts = version.split(/[.-]/).map(Number);
  for (const [index, want] of wanted.entries()) {
    const have = parts[index] ?? 0;
    if (have !== want) return have > want;
  }
  return true;
}
