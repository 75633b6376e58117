/** Gives a tenant other credentials. Another password means another signer: the server ends the connections of users that the old one has signed. */
import type { Tenant } from "../engine.ts";
import { pushChange } from "./change.ts";
import { accountKey, userKeys } from "./identity.ts";
import { proveReady } from "./ready.ts";
import { readState } from "./resolver.ts";
import type { NatsServer } from "./server.ts";

/** Connects with the new credentials before it returns, unless access is `none`. @throws Refusal unknown_tenant */
export async function rotateTenant(server: NatsServer, tenant: Tenant): Promise<void> {
  const account = accountKey(server.accountSecret, tenant.name).id;
  const state = await readState(server, account);
  await pushChange(server, account, { ...state, signer: userKeys(tenant).signer.id });
  if (state.access !== "none") await proveReady(server, tenant);
}
