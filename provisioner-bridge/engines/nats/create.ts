/** Makes a tenant: its account, and the proof that JetStream serves it. */
import { Refusal } from "../../refusal.ts";
import { type Point, runSteps, type Step } from "../../steps.ts";
import type { Engine } from "../engine.ts";
import { accountJwt, accountState } from "./account.ts";
import { dropTenant } from "./drop.ts";
import { accountKey, userKeys } from "./identity.ts";
import { proveReady } from "./ready.ts";
import { issuedAt, pushAccount } from "./resolver.ts";
import type { NatsServer } from "./server.ts";

type NewTenant = Parameters<Engine["create"]>[1];

type Making = { server: NatsServer; tenant: NewTenant };

export const CREATE_STEPS: readonly Step<Making>[] = [
  { name: "account", do: makeAccount },
  { name: "ready", do: prove },
];

export const createTenant = (server: NatsServer, tenant: NewTenant, point: Point): Promise<void> =>
  runSteps(CREATE_STEPS, { server, tenant }, point);

/** The account's key comes from its name, so a retry meets the account its first try has pushed. */
async function makeAccount({ server, tenant }: Making): Promise<void> {
  const { name, limits } = tenant;
  const { operator, accountSecret, registryId } = server;
  const state = accountState({ registry: registryId, name, limits, access: "full", signer: userKeys(tenant).signer.id });
  await pushAccount(server, accountJwt(state, { operator, account: accountKey(accountSecret, name).id, iat: issuedAt(server) }));
}

/** A full server keeps no half-made queue. */
async function prove({ server, tenant }: Making): Promise<void> {
  await proveReady(server, tenant).catch(async (error: unknown) => {
    // If this fails too, the platform's drop removes the rest.
    if (error instanceof Refusal) await dropTenant(server, tenant.name, async () => {}).catch(() => undefined);
    throw error;
  });
}
