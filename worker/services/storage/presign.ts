/**
 * A short-lived URL for one object of a storage resource. Its token is the credential. The prefix stands in what is signed; and where
 * tenants have keys of their own, those sign, so that the object store itself holds the URL to the prefix. Source: PRODUCT "presign".
 */
import { storageLimitBytes } from "../../../contract/kinds.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import type { FoundResource } from "../../platform-db/resource-lookup.ts";
import type { S3Keys } from "../../ports/object-store.ts";
import { isOverSize } from "../metering/excess.ts";
import { lacksKeys, parseGrant, readGrant, renewGrant, requireActive, type StorageGrant } from "./grant.ts";

export type PresignInput = { operation: "GET" | "PUT"; key: string; expiresInSeconds: number };

const SECOND_MS = 1_000;
/** Keys that sign must outlive the URL: it dies with them. */
const KEYS_OUTLIVE_MS = 30 * SECOND_MS;

/** @throws ApiError `resource_paused`, `storage_limit_reached`, `service_disabled`, `sign_failed` */
export async function presignObject({ ctx, found, input }: { ctx: RequestContext; found: FoundResource; input: PresignInput }) {
  const { objectStore } = ctx.deps;
  if (objectStore === null) throw new ApiError("service_disabled");
  requireActive(found);
  requireRoom(found, input.operation);
  try {
    const { prefix, keys } = await signingGrant(ctx, found, input.expiresInSeconds);
    const object_key = `${prefix}/${input.key}`;
    const request = { method: input.operation, objectKey: object_key, expiresInSeconds: input.expiresInSeconds, keys };
    const { url, expiresAt } = await objectStore.presign(request);
    return { ok: true as const, url, method: input.operation, key: input.key, object_key, expires_at: expiresAt.toISOString() };
  } catch (cause) {
    ctx.log.warn("presign.failed", { resourceId: found.id, cause });
    throw new ApiError("sign_failed", { cause });
  }
}

/** Over its size nothing more is written; what is there stays readable. */
function requireRoom({ access, tier, storage_bytes }: FoundResource, operation: PresignInput["operation"]): void {
  const isOver = isOverSize({ bytes: storage_bytes ?? 0, limitBytes: storageLimitBytes("storage", tier) });
  if (access === "none" || (operation === "PUT" && (access !== "full" || isOver))) throw new ApiError("storage_limit_reached");
}

async function signingGrant(ctx: RequestContext, found: FoundResource, expiresInSeconds: number) {
  const kept = await readGrant(ctx, found);
  const neededUntil = ctx.deps.clock.now() + expiresInSeconds * SECOND_MS + KEYS_OUTLIVE_MS;
  const endsEarly = kept.credentials_expire_at !== undefined && kept.credentials_expire_at.getTime() < neededUntil;
  // While a rotation is under way, what the row holds may be dead already.
  const isOld = endsEarly || lacksKeys(kept) || (kept.access_key_id !== undefined && found.rotate_generation !== null);
  const grant = isOld ? parseGrant(await renewGrant(ctx, found)) : kept;
  return { prefix: grant.prefix, keys: keysOf(grant) };
}

/** Null where the tenant has none: the platform's own sign. */
function keysOf({ access_key_id, secret_access_key, session_token }: StorageGrant): S3Keys | null {
  if (access_key_id === undefined || secret_access_key === undefined) return null;
  return { accessKeyId: access_key_id, secretAccessKey: secret_access_key, sessionToken: session_token };
}
