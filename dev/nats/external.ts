/** An existing NATS server: it is only checked, never started or stopped. */
import { z } from "zod";
import type { EngineServer } from "../service.ts";
import { SetupError } from "../setup-error.ts";
import { answersNats } from "./answers.ts";

const NATS_PORT = 4222;
const MAX_ACCOUNTS = 10_000;

/** The bridge checks the other fields of an entry. */
const entrySchema = z.looseObject({ public_host: z.string(), public_port: z.number().int() });

/** @param given `nats://host:port` of an open server, or the entry of a server in BRIDGE_NATS_SERVERS as JSON. Secret. @throws SetupError */
export function externalNats(given: string): EngineServer {
  const entry = given.trimStart().startsWith("{") ? readEntry(given) : openEntry(given);
  const url = `nats://${entry.public_host}:${entry.public_port}`;
  return {
    name: "nats",
    engine: "nats",
    ports: [],
    url,
    row: { what: "NATS JetStream", where: url, note: "not ours" },
    isOptional: true,
    present: async () => true,
    install: async () => {},
    start: async () => {},
    ready: () => answersNats(entry.public_host, entry.public_port),
    stop: async () => {},
    pid: () => undefined,
    kill: () => {},
    bridgeEnvironment: () => ({ BRIDGE_NATS_SERVERS: JSON.stringify([entry]) }),
  };
}

function readEntry(given: string): z.infer<typeof entrySchema> {
  try {
    return entrySchema.parse(JSON.parse(given));
  } catch {
    throw new SetupError("INSTANODE_NATS_URL is neither a URL nor the entry of a server as BRIDGE_NATS_SERVERS takes it.");
  }
}

/** Without an operator key the server has no authentication, and neither have its queues. */
function openEntry(given: string): z.infer<typeof entrySchema> {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol !== "nats:" || url.username !== "") throw new SetupError("INSTANODE_NATS_URL must be nats://host:port.");
  const address = { host: url.hostname, port: Number(url.port || NATS_PORT) };
  return {
    id: "nats-local",
    public_host: address.host,
    public_port: address.port,
    internal_host: address.host,
    internal_port: address.port,
    max_accounts: MAX_ACCOUNTS,
    connection_oversubscription: 1,
  };
}
