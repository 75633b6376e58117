/** A tenant of an open server: a mark, and the streams it makes under its prefix. */
import { jetstreamManager } from "@nats-io/jetstream";
import type { Step } from "../../engine.ts";
import { openConnection } from "../connection.ts";
import { subjectPrefix } from "../identity.ts";
import { mark, prepareMarks, unmark } from "./marks.ts";
import { manager, type OpenServer } from "./server.ts";
import { allStreams, isOwn, isShared } from "./streams.ts";

const ANSWER_TIMEOUT_MS = 3_000;

/** Marks the tenant, and has JetStream answer over the public address as it would answer any client. */
export async function createOpenTenant(server: OpenServer, name: string, step: Step): Promise<void> {
  await prepareMarks(server);
  await mark(server, name);
  await step("after_account");
  await proveOpen(server);
  await step("after_ready");
}

export async function proveOpen({ config }: OpenServer): Promise<void> {
  const connection = await openConnection({ host: config.public_host, port: config.public_port }, null);
  try {
    await jetstreamManager(connection, { timeout: ANSWER_TIMEOUT_MS });
  } finally {
    await connection.close();
  }
}

/** Deletes the streams under the tenant's prefix, and its messages in streams that reach further. No client is disconnected. */
export async function dropOpenTenant(server: OpenServer, name: string, step: Step): Promise<void> {
  const jsm = await manager(server);
  await step("after_close");
  for (const stream of await allStreams(jsm)) {
    if (isOwn(stream, name)) await jsm.streams.delete(stream.config.name);
    else if (isShared(stream, name)) await jsm.streams.purge(stream.config.name, { filter: `${subjectPrefix(name)}.>` });
  }
  await step("after_streams");
  await unmark(server, name);
  await step("after_account");
}
