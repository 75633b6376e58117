/** A server in operator mode: an account for each tenant (`auth_mode: "isolated"`). */

import { tenantAddresses } from "./address.ts";
import { readCapacity } from "./capacity.ts";
import type { NatsServerConfig } from "./configuration.ts";
import { createTenant } from "./create.ts";
import { dropTenant } from "./drop.ts";
import { limitTenant } from "./limit.ts";
import { listTenants } from "./list.ts";
import { createMeasure } from "./measure.ts";
import type { Member } from "./member.ts";
import { checkResolver, checkServer, warnOfOldServer } from "./prepare.ts";
import { proveReady } from "./ready.ts";
import { rotateTenant } from "./rotate.ts";
import { createNatsServer, type OperatorConfig, type ServerDeps } from "./server.ts";

/** @throws Error when a configured key is none */
export function isolatedMember(config: NatsServerConfig, operator: OperatorConfig, deps: ServerDeps): Member {
  const server = createNatsServer(config, operator, deps);
  return {
    log: server.log,
    prepare: async () => {
      await checkServer(server);
      await checkResolver(server);
      await warnOfOldServer(server);
    },
    // Its operator may change what it is like while the bridge runs.
    keepPrepared: () => checkServer(server),
    capacity: () => readCapacity(server),
    grant: async (tenant) => tenantAddresses(server, tenant),
    create: (tenant, point) => createTenant(server, tenant, point),
    drop: (name, point) => dropTenant(server, name, point),
    rotate: (tenant) => rotateTenant(server, tenant),
    limit: (name, limits, access) => limitTenant(server, name, limits, access),
    measure: createMeasure(server),
    prove: (tenant) => proveReady(server, tenant),
    list: () => listTenants(server),
    close: () => server.system.close(),
  };
}
