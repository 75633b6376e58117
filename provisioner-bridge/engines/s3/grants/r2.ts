/**
 * R2's temporary keys, signed here with the platform's own secret: no call, and no way to end one before it expires.
 * Source: Cloudflare's documentation, "R2: Temporary credentials", local signing.
 */
import { createHash } from "node:crypto";
import { SignJWT } from "jose";
import type { Access } from "../../../../contract/jobs.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Keys } from "../clients.ts";
import type { ObjectStoreConfig } from "../configuration.ts";
import type { Grants } from "./grants.ts";

const SECOND_MS = 1_000;

/** No ListMultipartUploads: it is asked of the bucket, and names what neighbours upload. */
const READING = ["HeadObject", "GetObject", "ListObjectsV1", "ListObjectsV2", "ListParts"];
const CLEARING = ["DeleteObject", "DeleteObjects", "AbortMultipartUpload"];
const WRITING = ["PutObject", "CopyObject", "CreateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload"];

export function r2Grants(config: ObjectStoreConfig, accountId: string, clock: Clock): Grants {
  return {
    ensure: async () => {},
    mint: ({ name }, access) => signR2Keys(config, accountId, { name, access, at: clock.now() }),
    retireOthers: async () => {},
    setAccess: async () => {},
    revoke: async () => {},
  };
}

/** @returns keys for exactly `<name>/`, or null for a tenant that may do nothing: R2 has no keys without a permission. Secret. */
export async function signR2Keys(
  { bucket, credentialsSeconds, endpoint, keys }: ObjectStoreConfig,
  accountId: string,
  tenant: { name: string; access: Access; at: Date },
): Promise<Keys | null> {
  if (tenant.access === "none") return null;
  const issuedAt = Math.floor(tenant.at.getTime() / SECOND_MS);
  const claims = {
    bucket,
    // The preset only bounds what `actions` may list.
    scope: "object-read-write",
    actions: [...READING, ...CLEARING, ...(tenant.access === "full" ? WRITING : [])],
    paths: { prefixPaths: [`${tenant.name}/`], objectPaths: [] },
  };
  const jwt = await new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(accountId)
    .setIssuer(keys.accessKeyId)
    .setAudience(new URL(endpoint).host)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + credentialsSeconds)
    .sign(new TextEncoder().encode(keys.secretAccessKey));
  return {
    accessKeyId: keys.accessKeyId,
    secretAccessKey: createHash("sha256").update(jwt).digest("hex"),
    sessionToken: Buffer.from(`jwt/${jwt}`).toString("base64"),
    expiresAt: new Date((issuedAt + credentialsSeconds) * SECOND_MS),
  };
}
