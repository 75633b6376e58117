/** The credentials of an answer have been used to connect before the answer. */
import { RedisClient } from "@redis/client";
import type { Access } from "../../../contract/jobs.ts";
import type { Tenant } from "../engine.ts";
import { keyPrefix } from "./address.ts";
import { within } from "./errors.ts";
import type { RedisServer } from "./server.ts";

const CONNECT_TIMEOUT_MS = 3_000;
const PROOF_TIMEOUT_MS = 5_000;
/** What a proof that dies half-way leaves is gone by itself. */
const PROOF_KEY_SECONDS = "10";
const PROOF_KEY_BYTES = 8;

/** createClient would build a class of all commands for every tenant: 40 ms of this process. They share one. */
const openClient = RedisClient.factory();

/**
 * Connects as the tenant, over the same host and port as its URL, and uses it as far as its access goes: a key is written, read and
 * deleted; with `read_only` it is only read, with `none` no login is possible.
 */
export async function proveReady(server: RedisServer, tenant: Tenant, access: Access): Promise<void> {
  if (access === "none") return;
  const key = `${keyPrefix(tenant.name)}instanode-readiness-${server.random.bytes(PROOF_KEY_BYTES).toString("hex")}`;
  const commands =
    access === "full"
      ? [
          ["SET", key, "1", "EX", PROOF_KEY_SECONDS],
          ["GET", key],
          ["DEL", key],
        ]
      : [["GET", key]];
  const answers = await server.proofs(() => asTenant(server, tenant, [["PING"], ...commands]));
  const expected = access === "full" ? ["PONG", "OK", "1", 1] : ["PONG", null];
  if (JSON.stringify(answers) !== JSON.stringify(expected)) throw new Error("a new tenant's server did not keep what it was given");
}

/** Runs commands on a connection of the tenant's own; with null, without credentials, to check that the server refuses that. */
export async function asTenant(server: RedisServer, tenant: Tenant | null, commands: readonly string[][]): Promise<unknown[]> {
  const { public_host: host, public_port: port, tls } = server.config;
  const client = openClient({
    ...(tenant === null ? {} : { username: tenant.name, password: tenant.password }),
    disableClientInfo: true,
    maintNotifications: "disabled",
    socket: { host, port, connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: false, ...(tls ? { tls } : {}) },
  });
  client.on("error", () => {});
  const work = client.connect().then(() => Promise.all(commands.map((command) => client.sendCommand<unknown>(command))));
  try {
    return await within(server.clock, PROOF_TIMEOUT_MS, "the proof", work);
  } finally {
    work.catch(() => undefined);
    client.destroy();
  }
}
