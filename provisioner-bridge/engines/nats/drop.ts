/** Removes a tenant. The account goes last: it bears our mark as long as anything of the tenant is there. */
import { type Point, runSteps, type Step } from "../../steps.ts";
import { closedAccountJwt } from "./account.ts";
import { accountKey } from "./identity.ts";
import { deleteAccounts, issuedAt, purgeStreams, pushAccount } from "./resolver.ts";
import type { NatsServer } from "./server.ts";

type Dropping = { server: NatsServer; name: string; account: string };

/** It is closed even if it was never made: a server asked for an account it does not know waits for two seconds. */
export const DROP_STEPS: readonly Step<Dropping>[] = [
  { name: "close", do: close },
  { name: "streams", do: ({ server, account }) => purgeStreams(server, account) },
  { name: "account", do: ({ server, account }) => deleteAccounts(server, [account]) },
];

/** Closes the account, removes its streams, deletes it. */
export const dropTenant = (server: NatsServer, name: string, point: Point): Promise<void> =>
  runSteps(DROP_STEPS, { server, name, account: accountKey(server.accountSecret, name).id }, point);

function close({ server, name, account }: Dropping): Promise<void> {
  const signing = { operator: server.operator, account, iat: issuedAt(server) };
  return pushAccount(server, closedAccountJwt({ registry: server.registryId, name }, signing));
}
