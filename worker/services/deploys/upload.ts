/** What an upload is to a deploy, and the places for uploads: two of a team at a time. */
import type { Source } from "../../../contract/deploys.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import type { Service } from "../../platform-db/services.ts";
import type { Caller } from "../caller.ts";
import type { DeployFields } from "./fields.ts";

/** The form's text fields, and the tarball once the bridge has checked and stored it. */
export type Upload = { fields: Readonly<Record<string, string>>; source: Source | null };

export type DeployInput = {
  route: string;
  /** Already validated; null without the header. */
  idempotencyKey: string | null;
  /** Reads the form and stores the tarball. Called once, when the caller may deploy. */
  upload: () => Promise<Upload>;
};
/** A deploy whose upload is stored. `existing`: what it updates; null for a new one. */
export type Deploying = {
  ctx: RequestContext;
  caller: Caller;
  input: DeployInput;
  fields: DeployFields;
  sent: Upload["fields"];
  source: Source;
  existing: Service | null;
};
const UPLOADS_MAX = 2;
/** The place of a Worker that died, or was ended because its sender left, is free after this time. */
const UPLOAD_LEASE_MS = 30_000;
const UPLOAD_RENEWAL_MS = 10_000;

/** @throws ApiError `too_many_uploads`, `admission_unavailable`, and what `work` throws */
export async function withUploadPlace<T>(ctx: RequestContext, { scope }: Caller, work: () => Promise<T>): Promise<T> {
  const object = ctx.deps.admission.of(scope);
  const uploadId = ctx.deps.ids.uuid();
  const takePlace = () => object.beginUpload(uploadId, { max: UPLOADS_MAX, leaseMs: UPLOAD_LEASE_MS });
  const hasPlace = await takePlace().catch((cause: unknown) => {
    throw new ApiError("admission_unavailable", { cause });
  });
  if (!hasPlace) throw new ApiError("too_many_uploads");
  const uploading = renewed(ctx, takePlace, () => object.endUpload(uploadId), work);
  // Without this the runtime may end the work when the sender leaves: the place would stay taken until its lease ends.
  ctx.later(() => uploading.then(settled, settled));
  return uploading;
}

/** Renews the place while `work` runs, and gives it back at its end. */
async function renewed<T>(
  ctx: RequestContext,
  renew: () => Promise<boolean>,
  end: () => Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  // One that is not heard: the next renews the place.
  const renewal = setInterval(
    () => void renew().catch((cause: unknown) => ctx.log.warn("upload.not_renewed", { cause })),
    UPLOAD_RENEWAL_MS,
  );
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    // Not heard, the lease ends it.
    await end().catch((cause: unknown) => ctx.log.warn("upload.end_unheard", { cause }));
  }
}

const settled = (): void => undefined;

/** Has the bridge delete a source that no deploy uses. Does not throw: the bridge deletes unused sources by itself, later. */
export async function dropSource({ deps, log, requestId }: RequestContext, sourceId: string): Promise<void> {
  const job = { kind: "drop_source" as const, args: { source_id: sourceId } };
  await deps.bridge
    .runService<"drop_source">(job, deps.ids.uuid(), requestId)
    .catch((cause: unknown) => log.warn("source.not_dropped", { cause }));
}
