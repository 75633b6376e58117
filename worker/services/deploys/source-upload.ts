/** One upload of a source to the bridge, written chunk by chunk while the bridge checks it. */
import { SOURCE_MAX_BYTES, type Source } from "../../../contract/deploys.ts";
import { SOURCES_PATH, serviceOutcomeSchemas, tarballRefusalSchema } from "../../../contract/service-jobs.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { BridgeError } from "../../ports/bridge.ts";

const UPLOAD_TIMEOUT_MS = 300_000;

export type SourceUpload = {
  /** Resolves when the chunk is on its way and its memory is free again. @throws ApiError of the bridge's refusal, or `tarball_too_large` */
  write(chunk: Uint8Array): Promise<void>;
  /** @throws ApiError */
  end(): Promise<Source>;
  /** The form is refused: the bridge deletes what it has. Does not throw. */
  abort(): Promise<void>;
};

export function beginUpload({ deps, requestId }: RequestContext): SourceUpload {
  const sourceId = deps.ids.uuid();
  // The runtime's own stream, which hands bytes on without a copy.
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const job = { kind: "store_source" as const, args: { source_id: sourceId } };
  const signal = AbortSignal.timeout(UPLOAD_TIMEOUT_MS);
  const request = { method: "PUT" as const, path: `${SOURCES_PATH}/${sourceId}`, job, body: readable, signal };
  const stored = deps.bridge
    .exchange(request, deps.ids.uuid(), requestId)
    .then(async (response) => serviceOutcomeSchemas.store_source.parse(await response.json()).source)
    .catch((cause: unknown) => {
      throw refusalOf(cause);
    });
  // Heard by whichever of the calls below comes next.
  stored.catch(() => undefined);
  let bytes = 0;
  return {
    async write(chunk) {
      bytes += chunk.byteLength;
      if (bytes > SOURCE_MAX_BYTES) throw new ApiError("tarball_too_large");
      // A bridge that has refused reads no further, so the write alone would never end.
      await Promise.race([writer.write(chunk).catch(() => stored), stored]);
    },
    async end() {
      await Promise.race([writer.close().catch(() => stored), stored]);
      return stored;
    },
    async abort() {
      await writer.abort().catch(() => undefined);
      await stored.catch(() => undefined);
    },
  };
}

function refusalOf(cause: unknown): ApiError {
  if (!(cause instanceof BridgeError)) return new ApiError("provisioner_unavailable", { cause });
  const refusal = tarballRefusalSchema.safeParse(cause.answer).data;
  if (refusal !== undefined) return new ApiError("invalid_tarball", { reason: refusal.reason });
  if (cause.code === "no_disk_space") return new ApiError("no_room_for_upload", { cause });
  if (cause.code === "builder_unavailable") return new ApiError("builder_unavailable", { cause });
  if (cause.code === "missing_dockerfile" || cause.code === "tarball_too_large") return new ApiError(cause.code);
  return new ApiError(cause.code === "runner_unavailable" ? "service_disabled" : "provisioner_unavailable", { cause });
}
