/** The object store as the Worker sees it: it signs URLs for it, with aws4fetch, and never speaks to it. */
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
 * Ceph (and what is made of it) takes headers that were not signed: with an upload URL of one's own and `x-amz-copy-source`, a caller
 * could have copied any object the signing key can read. Named as signed and absent, each of these fails the signature when it is sent.
 * Other servers refuse what is not signed, and take no signed header that is absent.
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

/** As signatures encode it (RFC 3986, 2.3): encodeURIComponent leaves five more characters alone. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
