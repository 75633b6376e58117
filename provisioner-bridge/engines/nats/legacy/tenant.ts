/** A tenant of an open server: a mark, and the streams it makes under its prefix. */
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { type Point, runSteps, type Step } from "../../../steps.ts";
import { openConnection } from "../connection.ts";
import { subjectPrefix } from "../identity.ts";
import { mark, prepareMarks, unmark } from "./marks.ts";
import { manager, type OpenServer } from "./server.ts";
import { allStreams, isOwn, isShared } from "./streams.ts";

const ANSWER_TIMEOUT_MS = 3_000;

type Making = { server: OpenServer; name: string };
type Dropping = Making & { jsm: JetStreamManager };

/** The names are those of an isolated server's steps (../create.ts, ../drop.ts): they are the engine's. */
const CREATE_STEPS: readonly Step<Making>[] = [
  {
    name: "account",
    async do({ server, name }) {
      await prepareMarks(server);
      await mark(server, name);
    },
  },
  { name: "ready", do: ({ server }) => proveOpen(server) },
];

const DROP_STEPS: readonly Step<Dropping>[] = [
  { name: "close", do: async () => {} },
  { name: "streams", do: removeStreams },
  { name: "account", do: ({ server, name }) => unmark(server, name) },
];

/** Marks the tenant, and has JetStream answer over the public address as it would answer any client. */
export const createOpenTenant = (server: OpenServer, name: string, point: Point): Promise<void> =>
  runSteps(CREATE_STEPS, { server, name }, point);

export async function proveOpen({ config }: OpenServer): Promise<void> {
  const connection = await openConnection({ host: config.public_host, port: config.public_port }, null);
  try {
    await jetstreamManager(connection, { timeout: ANSWER_TIMEOUT_MS });
  } finally {
    await connection.close();
  }
}

/** Deletes the streams under the tenant's prefix, and its messages in streams that reach further. No client is disconnected. */
export async function dropOpenTenant(server: OpenServer, name: string, point: Point): Promise<void> {
  await runSteps(DROP_STEPS, { server, name, jsm: await manager(server) }, point);
}

async function removeStreams({ name, jsm }: Dropping): Promise<void> {
  for (const stream of await allStreams(jsm)) {
    if (isOwn(stream, name)) await jsm.streams.delete(stream.config.name);
    else if (isShared(stream, name)) await jsm.streams.purge(stream.config.name, { filter: `${subjectPrefix(name)}.>` });
  }
}
