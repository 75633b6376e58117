/**
 * Sets what a tenant may use and do; it acts on live connections. Connections above the limit end. Storage below what is
 * stored refuses every further message; reading and deleting go on. A changed access ends connections, and clients come back by
 * themselves: `read_only` reads, acknowledges, deletes and purges but publishes nothing; `none` refuses every connection.
 */
import type { Access, TenantLimits } from "../../../contract/jobs.ts";
import { accountState } from "./account.ts";
import { changeLimits } from "./change.ts";
import { accountKey } from "./identity.ts";
import { readJetStream } from "./monitor.ts";
import { readState } from "./resolver.ts";
import type { NatsServer } from "./server.ts";

/** @throws Refusal unknown_tenant; capacity when the server cannot reserve the storage of a raised limit */
export async function limitTenant(server: NatsServer, name: string, limits: TenantLimits, access: Access): Promise<void> {
  const account = accountKey(server.accountSecret, name).id;
  const before = await readState(server, account);
  // Below what its streams have reserved, a server up to 2.10 would not find them again after a restart.
  const reserved = (await readJetStream(server, account))?.reservedBytes ?? 0;
  const next = accountState({ registry: before.registry, name, limits, access, signer: before.signer }, reserved);
  await changeLimits(server, account, before, next);
}
