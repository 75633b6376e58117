/** Signs URLs for the object store with aws4fetch. The Worker itself sends it no requests. */
import { AwsV4Signer } from "aws4fetch";
import type { ObjectStoreBackend } from "../../contract/object-store.ts";
import type { ObjectStoreConfig } from "../env-object-store.ts";
import type { Clock } from "./clock.ts";

/** S3 keys, temporary ones with their session token. Secret. */
export type S3Keys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined };

export interface ObjectStorePort {
  /**
   * A URL that does one thing with one object until it expires. Secret.
   * @param request `keys` null: the platform's own
   */
  presign(request: {
    method: "GET" | "PUT";
    objectKey: string;
    expiresInSeconds: number;
    keys: S3Keys | null;
  }): Promise<{ url: string; expiresAt: Date }>;
}

/**
 * Ceph and its derivatives accept unsigned headers: with an upload URL and `x-amz-copy-source`, a caller could copy any object the
 * signing key can read. These headers are signed as absent, so sending one breaks the signature. Other servers refuse unsigned headers
 * and do not accept a signed header that is absent.
 */
const GUARDED: readonly ObjectStoreBackend[] = ["ceph", "do-spaces"];
const NEVER_SENT = [
  "x-amz-acl",
  "x-amz-copy-source",
  "x-amz-copy-source-range",
  "x-amz-grant-full-control",
  "x-amz-grant-read",
  "x-amz-grant-read-acp",
  "x-amz-grant-write",
  "x-amz-grant-write-acp",
  "x-amz-object-lock-legal-hold",
  "x-amz-object-lock-mode",
  "x-amz-object-lock-retain-until-date",
  "x-amz-tagging",
  "x-amz-website-redirect-location",
];

const SECOND_MS = 1_000;

type Store = Omit<ObjectStoreConfig, "credentialsSeconds">;

export function createObjectStore({ backend, endpoint, bucket, region, keys: own }: Store, clock: Clock): ObjectStorePort {
  const guards = GUARDED.includes(backend) ? NEVER_SENT : [];
  return {
    async presign({ method, objectKey, expiresInSeconds, keys }) {
      const { accessKeyId, secretAccessKey, sessionToken }: S3Keys = keys ?? own;
      const at = Math.floor(clock.now() / SECOND_MS) * SECOND_MS;
      const url = new URL(`${endpoint}/${bucket}/${objectKey.split("/").map(encodeSegment).join("/")}`);
      url.searchParams.set("X-Amz-Expires", String(expiresInSeconds));
      const signer = new AwsV4Signer({
        method,
        url: url.href,
        headers: Object.fromEntries(guards.map((name) => [name, ""])),
        accessKeyId,
        secretAccessKey,
        ...(sessionToken === undefined ? {} : { sessionToken }),
        service: "s3",
        region,
        datetime: new Date(at).toISOString().replaceAll(/[-:]|\.\d{3}/g, ""),
        signQuery: true,
      });
      signer.canonicalHeaders = `host:${url.host}`;
      const signed = await signer.sign();
      return { url: signed.url.href, expiresAt: new Date(at + expiresInSeconds * SECOND_MS) };
    },
  };
}

/** The encoding of signatures (RFC 3986, 2.3): encodeURIComponent leaves five more characters unencoded. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
