/** Reads the form of a deploy and hands its tarball to the bridge. */

import type { Source } from "../../../contract/deploys.ts";
import { SOURCES_PATH, serviceOutcomeSchemas, tarballRefusalSchema } from "../../../contract/service-jobs.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { BridgeError } from "../../ports/bridge.ts";
import type { Upload } from "./upload.ts";

const UPLOAD_TIMEOUT_MS = 120_000;

/** @throws ApiError `invalid_form`, `missing_tarball`, `invalid_tarball`, `missing_dockerfile`, `tarball_too_large`, `service_disabled`, `provisioner_unavailable` */
export async function takeUpload(ctx: RequestContext, request: Request): Promise<Upload> {
  const form = await request.formData().catch((cause: unknown) => {
    throw new ApiError("invalid_form", { cause });
  });
  const fields: Record<string, string> = {};
  let source: Source | null = null;
  for (const [name, value] of form.entries()) {
    if (typeof value === "string") fields[name] = value;
    else if (name === "tarball") source = await store(ctx, value.stream());
  }
  return { fields, source };
}

async function store({ deps, requestId }: RequestContext, body: ReadableStream<Uint8Array>): Promise<Source> {
  const sourceId = deps.ids.uuid();
  const job = { kind: "store_source" as const, args: { source_id: sourceId } };
  const signal = AbortSignal.timeout(UPLOAD_TIMEOUT_MS);
  try {
    const response = await deps.bridge.exchange(
      { method: "PUT", path: `${SOURCES_PATH}/${sourceId}`, job, body, signal },
      deps.ids.uuid(),
      requestId,
    );
    return serviceOutcomeSchemas.store_source.parse(await response.json()).source;
  } catch (cause) {
    if (!(cause instanceof BridgeError)) throw cause;
    const refusal = tarballRefusalSchema.safeParse(cause.answer).data;
    if (refusal !== undefined) throw new ApiError("invalid_tarball", { reason: refusal.reason });
    if (cause.code === "missing_dockerfile" || cause.code === "tarball_too_large") throw new ApiError(cause.code);
    throw new ApiError(cause.code === "runner_unavailable" ? "service_disabled" : "provisioner_unavailable", { cause });
  }
}
