/** Which streams of an open server are whose: told by their subjects. */
import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { subjectPrefix } from "../identity.ts";

/** Bounds one look at a server. */
const STREAMS_MAX = 50_000;

export async function allStreams(jsm: JetStreamManager): Promise<StreamInfo[]> {
  const streams: StreamInfo[] = [];
  for await (const stream of jsm.streams.list()) {
    if (streams.push(stream) >= STREAMS_MAX) break;
  }
  return streams;
}

const isUnder = (subject: string, prefix: string) => subject.startsWith(`${prefix}.`);

/** All its subjects lie under the tenant's prefix. */
export function isOwn({ config }: StreamInfo, name: string): boolean {
  const prefix = subjectPrefix(name);
  return (config.subjects ?? []).length > 0 && (config.subjects ?? []).every((subject) => isUnder(subject, prefix));
}

/** Not the tenant's own, but some of its subjects lie under the tenant's prefix. */
export function isShared(stream: StreamInfo, name: string): boolean {
  const prefix = subjectPrefix(name);
  return !isOwn(stream, name) && (stream.config.subjects ?? []).some((subject) => isUnder(subject, prefix));
}
