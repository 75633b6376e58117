/**
 * A short-lived URL for one object of a storage resource. The resource's token is the credential. The signature covers the prefix. Where
 * tenants have their own keys, those keys sign, so the object store also restricts the URL to the prefix (docs/limits/storage.md).
 */
import { storageLimitBytes } from "../../../contract/limits.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { lacksKeys, parseGrant, type StorageGrant } from "../../kinds/storage.ts";
import type { FoundResource } from "../../platform-db/resource-lookup.ts";
import type { S3Keys } from "../../ports/object-store.ts";
import { renewGrant } from "../grants/current.ts";
import { type Asked, endsTooEarly, urlSeconds } from "../grants/lifetime.ts";
import { openGrant } from "../grants/secrets.ts";
import { isOverSize } from "../metering/excess.ts";
import { requireActive } from "./open.ts";

export type PresignInput = { operation: "GET" | "PUT"; key: string; expiresInSeconds: number };

/** @throws ApiError `resource_paused`, `storage_limit_reached`, `service_disabled`, `sign_failed` */
export async function presignObject({ ctx, found, input }: { ctx: RequestContext; found: FoundResource; input: PresignInput }) {
  const { objectStore } = ctx.deps;
  if (objectStore === null) throw new ApiError("service_disabled");
  requireActive(found);
  requireRoom(found, input.operation);
  try {
    const freshSeconds = ctx.deps.config.objectStore?.credentialsSeconds ?? input.expiresInSeconds;
    const { prefix, keys, expiresInSeconds } = await signingGrant(ctx, found, { expiresInSeconds: input.expiresInSeconds, freshSeconds });
    const object_key = `${prefix}/${input.key}`;
    const request = { method: input.operation, objectKey: object_key, expiresInSeconds, keys };
    const { url, expiresAt } = await objectStore.presign(request);
    return { ok: true as const, url, method: input.operation, key: input.key, object_key, expires_at: expiresAt.toISOString() };
  } catch (cause) {
    ctx.log.warn("presign.failed", { resourceId: found.id, cause });
    throw new ApiError("sign_failed", { cause });
  }
}

/** A resource over its size can be read but not written. */
function requireRoom({ access, kind, tier, storage_bytes }: FoundResource, operation: PresignInput["operation"]): void {
  const isOver = isOverSize({ bytes: storage_bytes ?? 0, limitBytes: storageLimitBytes(kind, tier) });
  if (access === "none" || (operation === "PUT" && (access !== "full" || isOver))) throw new ApiError("storage_limit_reached");
}

/** The keys to sign with and the resulting lifetime of the URL. Keys are renewed where that extends the lifetime noticeably. */
async function signingGrant(ctx: RequestContext, found: FoundResource, wanted: { expiresInSeconds: number; freshSeconds: number }) {
  const asked = ({ credentials_expire_at }: StorageGrant): Asked => ({
    ...wanted,
    nowMs: ctx.deps.clock.now(),
    keysEndMs: credentials_expire_at?.getTime(),
  });
  const kept = await readGrant(ctx, found);
  // While a rotation is under way, the keys in the row may no longer work.
  const isRotating = kept.access_key_id !== undefined && found.rotate_generation !== null;
  const isOld = isRotating || lacksKeys(kept) || endsTooEarly(asked(kept));
  const grant = isOld ? parseGrant(await renewGrant(ctx, found)) : kept;
  const seconds = urlSeconds(asked(grant));
  if (seconds < 1) throw new Error("the object store's keys ended before they could sign");
  return { prefix: grant.prefix, keys: keysOf(grant), expiresInSeconds: seconds };
}

/** Decrypts the grant of the row. @throws ZodError or SealError when the row contains no valid grant */
async function readGrant({ deps }: RequestContext, { id, grant_sealed }: FoundResource): Promise<StorageGrant> {
  if (grant_sealed === null) throw new Error("a living storage resource has no grant");
  return parseGrant(await openGrant(deps, id, grant_sealed));
}

/**
 * In other modes, missing keys are an error: the platform's keys must not sign instead, because they open the whole bucket.
 * @returns null in modes without tenant keys, where the platform's keys sign
 */
function keysOf({ mode, access_key_id, secret_access_key, session_token }: StorageGrant): S3Keys | null {
  if (mode === "broker" || mode === "shared-master-key") return null;
  if (access_key_id === undefined || secret_access_key === undefined) throw new Error("a tenant of this mode signs with its own keys only");
  return { accessKeyId: access_key_id, secretAccessKey: secret_access_key, sessionToken: session_token };
}
