/** Makes a tenant: its account, and the proof that JetStream serves it. */
import { Refusal } from "../../refusal.ts";
import type { Engine, Step } from "../engine.ts";
import { accountJwt, accountState } from "./account.ts";
import { dropTenant } from "./drop.ts";
import { accountKey, userKeys } from "./identity.ts";
import { proveReady } from "./ready.ts";
import { issuedAt, pushAccount } from "./resolver.ts";
import type { NatsServer } from "./server.ts";

type NewTenant = Parameters<Engine["create"]>[1];

/** The account's key comes from its name, so a retry meets the account its first try has pushed. */
export async function createTenant(server: NatsServer, tenant: NewTenant, step: Step): Promise<void> {
  const { name, limits } = tenant;
  const { operator, accountSecret, registryId } = server;
  const state = accountState({ registry: registryId, name, limits, access: "full", signer: userKeys(tenant).signer.id });
  await pushAccount(server, accountJwt(state, { operator, account: accountKey(accountSecret, name).id, iat: issuedAt(server) }));
  await step("after_account");
  await proveReady(server, tenant).catch(async (error: unknown) => {
    // A full server keeps no half-made queue. If this fails too, the platform's drop removes the rest.
    if (error instanceof Refusal) await dropTenant(server, name, async () => {}).catch(() => undefined);
    throw error;
  });
  await step("after_ready");
}
