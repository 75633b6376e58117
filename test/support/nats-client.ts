/** NATS as its own ordinary clients speak it: with what an answer holds, and nothing else. */
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { credsAuthenticator, wsconnect } from "@nats-io/nats-core";
import { type ConnectionOptions, connect, type NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";

const TIMEOUT_MS = 3_000;

export const queueCredentialsSchema = z.strictObject({
  auth_mode: z.literal("isolated"),
  nats_jwt: z.string(),
  nats_nkey: z.string().regex(/^SU[A-Z2-7]{56}$/),
  creds_file: z.string(),
  key_id: z.string().regex(/^A[A-Z2-7]{55}$/),
});

/** What a queue's answer, or its grant with the details, holds beside the URLs. */
export const queueSchema = z.object({
  connection_url: z.string().regex(/^nats:\/\/[^/@]+:\d+$/),
  internal_url: z.string().regex(/^nats:\/\/[^/@]+:\d+$/),
  subject_prefix: z.string().regex(/^tenant_[a-z2-7]{20}$/),
  auth_mode: z.enum(["isolated", "legacy_open"]),
  credentials: queueCredentialsSchema.optional(),
});
export type Queue = z.infer<typeof queueSchema>;

/** A grant of the bridge as an answer shows it. */
export function queueOf(grant: { connection_url: string; internal_url: string; details?: Record<string, unknown> | undefined }): Queue {
  return queueSchema.parse({ connection_url: grant.connection_url, internal_url: grant.internal_url, ...grant.details });
}

/** Opens a connection that does not come back by itself unless `options` say so. */
export function openQueue(queue: Queue, options: ConnectionOptions = {}): Promise<NatsConnection> {
  return connect({ servers: queue.connection_url, reconnect: false, timeout: TIMEOUT_MS, ...credentialsOf(queue), ...options });
}

export function openQueueOverWebSocket(queue: Queue, webSocketUrl: string): Promise<NatsConnection> {
  return wsconnect({ servers: webSocketUrl, reconnect: false, timeout: TIMEOUT_MS, ...credentialsOf(queue) });
}

function credentialsOf({ credentials }: Queue): ConnectionOptions {
  return credentials === undefined ? {} : { authenticator: credsAuthenticator(new TextEncoder().encode(credentials.creds_file)) };
}

/** Connects, runs `work`, disconnects. */
export async function withQueue<T>(queue: Queue, work: (connection: NatsConnection) => Promise<T>): Promise<T> {
  const connection = await openQueue(queue);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** "ok", or what an attempt was refused with. */
export function outcomeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => "ok",
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

/** Uses a queue as an application would: a stream, a message that is acknowledged, and a pull consumer that gets it. */
export async function useQueue(queue: Queue): Promise<string> {
  return outcomeOf(withQueue(queue, workOnce(queue.subject_prefix)));
}

export function workOnce(prefix: string): (connection: NatsConnection) => Promise<void> {
  return async (connection) => {
    const jsm = await jetstreamManager(connection, { timeout: TIMEOUT_MS });
    await jsm.streams.add({ name: "JOBS", subjects: [`${prefix}.jobs.>`] });
    await jsm.consumers.add("JOBS", { durable_name: "worker", ack_policy: AckPolicy.Explicit });
    const js = jetstream(connection, { timeout: TIMEOUT_MS });
    await js.publish(`${prefix}.jobs.mail`, "one message");
    const message = await (await js.consumers.get("JOBS", "worker")).next({ expires: TIMEOUT_MS });
    if (message?.string() !== "one message") throw new Error("the message did not come back");
    if (!(await message.ackAck())) throw new Error("the acknowledgement was not acknowledged");
  };
}

/** A connection as an administrator's URL describes it: JWT and seed, or nobody in particular. */
export function openAdmin(adminUrl: string): Promise<NatsConnection> {
  const { hostname, port, username, password } = new URL(adminUrl);
  const creds = `-----BEGIN NATS USER JWT-----\n${username}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${password}\n------END USER NKEY SEED------\n`;
  const authenticator = username === "" ? {} : { authenticator: credsAuthenticator(new TextEncoder().encode(creds)) };
  return connect({ servers: `${hostname}:${port}`, reconnect: false, timeout: TIMEOUT_MS, ...authenticator });
}
