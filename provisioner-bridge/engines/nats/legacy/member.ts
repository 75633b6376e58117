/** An open server (`auth_mode: "legacy_open"`). There is nothing to rotate and nothing to limit: these two only see that it answers. */

import type { Addresses } from "../../engine.ts";
import { urlsOf } from "../address.ts";
import type { NatsServerConfig } from "../configuration.ts";
import { subjectPrefix } from "../identity.ts";
import type { Member } from "../member.ts";
import type { ServerDeps } from "../server.ts";
import { checkOpenTenant, measureOpenTenants, readOpenCapacity } from "./look.ts";
import { markedNames, prepareMarks } from "./marks.ts";
import { createOpenServer } from "./server.ts";
import { createOpenTenant, dropOpenTenant, proveOpen } from "./tenant.ts";

export function openMember(config: NatsServerConfig, deps: ServerDeps): Member {
  const server = createOpenServer(config, deps);
  return {
    log: server.log,
    prepare: async () => void (await prepareMarks(server)),
    keepPrepared: async () => {},
    capacity: () => readOpenCapacity(server),
    grant: async ({ name }) => openAddresses(config, name),
    create: ({ name }, point) => createOpenTenant(server, name, point),
    drop: (name, point) => dropOpenTenant(server, name, point),
    rotate: async ({ name }) => {
      await checkOpenTenant(server, name);
      await proveOpen(server);
    },
    limit: (name) => checkOpenTenant(server, name),
    measure: (names) => measureOpenTenants(server, names),
    prove: () => proveOpen(server),
    list: async () => (await markedNames(server)).map((name) => ({ name, isWhole: true })),
    close: () => server.connection.close(),
  };
}

/** Without a `credentials` key. */
function openAddresses(config: NatsServerConfig, name: string): Addresses {
  return { ...urlsOf(config), details: { subject_prefix: subjectPrefix(name), auth_mode: "legacy_open" } };
}
