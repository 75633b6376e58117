/** The tenants of an open server, one message each in a stream of ours: there are no accounts that could bear a mark. */
import { type JetStreamManager, jetstream, StorageType } from "@nats-io/jetstream";
import { manager, type OpenServer } from "./server.ts";

const MARKS_STREAM = "instanode_tenants";
const MARKS_SUBJECT = "instanode.tenants";
const MARKS_MAX_BYTES = 64 * 1_048_576;
const ANSWER_TIMEOUT_MS = 3_000;

const subjectOf = ({ registryId }: OpenServer, name: string) => `${MARKS_SUBJECT}.${registryId}.${name}`;

/** Makes the stream of marks unless it is there. */
export async function prepareMarks(server: OpenServer): Promise<JetStreamManager> {
  const jsm = await manager(server);
  await jsm.streams.add({
    name: MARKS_STREAM,
    subjects: [`${MARKS_SUBJECT}.>`],
    storage: StorageType.File,
    max_msgs_per_subject: 1,
    max_bytes: MARKS_MAX_BYTES,
  });
  return jsm;
}

/** Stored when this returns, as often as it is called. */
export async function mark(server: OpenServer, name: string): Promise<void> {
  await jetstream(await server.connection.get()).publish(subjectOf(server, name), name, { timeout: ANSWER_TIMEOUT_MS });
}

export async function unmark(server: OpenServer, name: string): Promise<void> {
  const jsm = await prepareMarks(server);
  await jsm.streams.purge(MARKS_STREAM, { filter: subjectOf(server, name) });
}

/** The names that bear our mark, sorted. */
export async function markedNames(server: OpenServer): Promise<string[]> {
  const jsm = await prepareMarks(server);
  const { state } = await jsm.streams.info(MARKS_STREAM, { subjects_filter: subjectOf(server, "*") });
  return Object.keys(state.subjects ?? {})
    .map((subject) => subject.split(".").at(-1) ?? "")
    .sort();
}
