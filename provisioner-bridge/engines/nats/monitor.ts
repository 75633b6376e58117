/** What a server says of itself. Source: docs.nats.io, "System events": VARZ, JSZ, CONNZ on the system account. */
import type { NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { askForData, type NatsServer } from "./server.ts";

const MONITOR_TIMEOUT_MS = 5_000;
/** The server's own default. */
const PAGE = 1_024;
/** Bounds one look. */
const PAGES_MAX = 200;

/** One request to this very server; others of its cluster do not answer it. */
function monitor<T>(server: NatsServer, what: "VARZ" | "JSZ" | "CONNZ", options: object, schema: z.ZodType<T>): Promise<T> {
  const subject = (connection: NatsConnection) => `$SYS.REQ.SERVER.${connection.info?.server_id}.${what}`;
  return askForData(server, subject, options, schema, MONITOR_TIMEOUT_MS);
}

const varzSchema = z.object({ version: z.string(), connections: z.number().int(), max_connections: z.number().int() });

export function readServer(server: NatsServer): Promise<z.infer<typeof varzSchema>> {
  return monitor(server, "VARZ", {}, varzSchema);
}

const jetStreamSchema = z.object({ disabled: z.boolean().optional(), config: z.object({ max_storage: z.number() }).optional() });

/** How many bytes may be promised on the server in all; null when its JetStream is off. */
export async function readStorageBytes(server: NatsServer): Promise<number | null> {
  const { config, disabled } = await monitor(server, "JSZ", {}, jetStreamSchema);
  return disabled === true || config === undefined ? null : config.max_storage;
}

const sizeSchema = z.object({ id: z.string(), storage: z.number() });
const sizesSchema = z.object({ account_details: z.array(sizeSchema).nullish() });

/** Bytes of the streams of every account the server has met since it started, by public key. */
export async function readSizes(server: NatsServer): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { account_details } = await monitor(server, "JSZ", { accounts: true, limit: PAGE, offset: page * PAGE }, sizesSchema);
    for (const { id, storage } of account_details ?? []) sizes.set(id, storage);
    if ((account_details ?? []).length < PAGE) break;
  }
  return sizes;
}

const streamSchema = z.object({
  config: z.object({ max_bytes: z.number(), num_replicas: z.number().int().default(1) }),
  state: z.object({ consumer_count: z.number().int() }),
});
const detailSchema = z.object({ id: z.string(), reserved_storage: z.number(), stream_detail: z.array(streamSchema).nullish() });
const accountSchema = z.object({ account_details: z.array(detailSchema).nullish() });

export type JetStreamOfAccount = {
  /** What the account may store, as JetStream itself has it. */
  limitBytes: number;
  /** What its streams have reserved of that (`max_bytes`). */
  reservedBytes: number;
  streams: number;
  consumers: number;
};

/** An account's JetStream; null when it has none, or was not met since the server started and so has no stream either. */
export async function readJetStream(server: NatsServer, account: string): Promise<JetStreamOfAccount | null> {
  const options = { account, accounts: true, streams: true, config: true };
  const { account_details } = await monitor(server, "JSZ", options, accountSchema);
  const found = account_details?.find(({ id }) => id === account);
  if (found === undefined) return null;
  const streams = found.stream_detail ?? [];
  return {
    limitBytes: found.reserved_storage,
    reservedBytes: streams.reduce((sum, { config }) => sum + Math.max(0, config.max_bytes) * config.num_replicas, 0),
    streams: streams.length,
    consumers: streams.reduce((sum, { state }) => sum + state.consumer_count, 0),
  };
}

const countSchema = z.object({ num_connections: z.number().int(), total: z.number().int() });

/** How many connections of an account are open. */
export async function countConnections(server: NatsServer, account: string): Promise<number> {
  return (await monitor(server, "CONNZ", { acc: account, limit: 1 }, countSchema)).total;
}

/** Whether a connection, by the number the server gave it, is still open. */
export async function isOpen(server: NatsServer, cid: number): Promise<boolean> {
  return (await monitor(server, "CONNZ", { cid }, countSchema)).num_connections > 0;
}
