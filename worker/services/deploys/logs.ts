/** The logs of a deployment: the bridge's stream, passed on as it comes. */
import { LOGS_PATH } from "../../../contract/service-jobs.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import type { Service } from "../../platform-db/services.ts";
import { BridgeError } from "../../ports/bridge.ts";
import { findDeployment } from "./find.ts";

/** A follower that is still there asks again, with the id of its last line. */
const STREAM_MAX_MS = 3_600_000;

export type LogsInput = {
  id: string;
  /** Null: the build while it builds or when there is nothing else, then the app. */
  source: "build" | "run" | null;
  tail: number | null;
  after: string | null;
  follow: boolean;
  /** Aborts when the caller has gone. */
  signal: AbortSignal;
};

/** @returns text/event-stream; null when the bridge has no log of it (yet) @throws ApiError `not_found`, `too_many_log_readers`, `fetch_failed` */
export async function openLogs({ ctx, input }: { ctx: RequestContext; input: LogsInput }): Promise<ReadableStream<Uint8Array> | null> {
  const { deps, requestId } = ctx;
  const service = await findDeployment(ctx, input.id);
  const { tail, after, follow } = input;
  const args = { service_id: service.id, source: input.source ?? sourceOf(service), operation_id: null, tail, after, follow };
  const signal = AbortSignal.any([input.signal, AbortSignal.timeout(STREAM_MAX_MS)]);
  const job = { kind: "read_logs" as const, args };
  try {
    const { body } = await deps.bridge.exchange({ method: "GET", path: LOGS_PATH, job, signal }, deps.ids.uuid(), requestId);
    return body;
  } catch (cause) {
    if (cause instanceof BridgeError && cause.code === "unknown_service") return null;
    if (cause instanceof BridgeError && cause.code === "too_many_readers") throw new ApiError("too_many_log_readers", { cause });
    throw new ApiError("fetch_failed", { cause });
  }
}

/** Pure. */
export function sourceOf({ status, current_release }: Pick<Service, "status" | "current_release">): "build" | "run" {
  return status === "building" || (current_release === null && status !== "deploying") ? "build" : "run";
}
