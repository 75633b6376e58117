/** What a tenant's keys may do. Whatever is not here must be refused. */

/** Under its own prefix, in the order of `AT_A_PREFIX`. */
const OWN: readonly string[] = [
  "GetObject",
  "GetObject of a range",
  "HeadObject",
  "PutObject",
  "PutObject over another",
  "PutObject with tags",
  "SelectObjectContent",
  "CopyObject from here",
  "CopyObject to here",
  "CreateMultipartUpload",
  "UploadPart",
  "ListParts",
  "ListObjects",
  "ListObjectsV2",
  "ListObjectsV2 deeper",
  "ListObjectsV2 by folders",
  "ListObjectsV2 past the own prefix",
  "AbortMultipartUpload",
  "DeleteObjects",
  "DeleteObject",
];

/** What a user may do with what it owns, whatever its policy says. */
const AS_OWNER = ["GetObject of a version", "GetObjectAcl", "GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging"];
const COPIES_OF_PARTS = ["UploadPartCopy from here", "UploadPartCopy to here"];

type Allowed = { own: readonly string[]; server: readonly string[] };

/** Ceph 16 knows no UploadPartCopy for sessions, and no DeleteObjects for those with a policy. A user's list of buckets is empty. */
export const ALLOWED: Readonly<Record<"a role each" | "one role for all" | "a user each", Allowed>> = {
  "a role each": { own: OWN, server: [] },
  "one role for all": { own: OWN.filter((what) => what !== "DeleteObjects"), server: [] },
  "a user each": { own: [...OWN, ...AS_OWNER, ...COPIES_OF_PARTS], server: ["ListBuckets"] },
};

/** Refused for who asks, or because the server has no such operation. */
export const REFUSALS: readonly string[] = [
  "AccessDenied",
  "403",
  "MethodNotAllowed",
  "405",
  "NotImplemented",
  "501",
  "InvalidAccessKeyId",
];

/**
 * Refusals that tell more: whether there is an object of this name, to somebody who guessed a neighbour's 100 random bits (docs/limits.md).
 * RestoreObject is not there at all and says so in its own way.
 */
export const TELLS_THAT_NOTHING_IS_THERE: Readonly<Record<string, string>> = {
  "GetObject that is not there": "NoSuchKey",
  "HeadObject that is not there": "404",
  RestoreObject: "InvalidArgument",
};
