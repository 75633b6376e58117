/** Removes a tenant. The account goes last: it bears our mark as long as anything of the tenant is there. */
import type { Step } from "../engine.ts";
import { closedAccountJwt } from "./account.ts";
import { accountKey } from "./identity.ts";
import { deleteAccounts, issuedAt, purgeStreams, pushAccount } from "./resolver.ts";
import type { NatsServer } from "./server.ts";

/**
 * Closes the account, removes its streams, deletes it. It is closed even if it was never made: a server asked for an account it
 * does not know waits for two seconds.
 */
export async function dropTenant(server: NatsServer, name: string, step: Step): Promise<void> {
  const account = accountKey(server.accountSecret, name).id;
  const signing = { operator: server.operator, account, iat: issuedAt(server) };
  await pushAccount(server, closedAccountJwt({ registry: server.registryId, name }, signing));
  await step("after_close");
  await purgeStreams(server, account);
  await step("after_streams");
  await deleteAccounts(server, [account]);
  await step("after_account");
}
