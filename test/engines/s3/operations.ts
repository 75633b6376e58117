/** Every operation of S3 (and what stands beside it on the same port: STS, IAM, administration), as a tenant would try it somewhere. */

/** Where an operation aims: a prefix with an object and an unfinished upload in it. */
export type Target = {
  bucket: string;
  /** With the slash at its end. */
  prefix: string;
  /** An object that is there. */
  key: string;
  uploadId: string;
};

export type Attempt = { method: string; path: string; headers?: Record<string, string>; body?: string };
/** `own` is where the tenant may do things: copies go from one to the other. */
export type Operation = { name: string; at: (target: Target, own: Target) => Attempt };

const path = ({ bucket }: Target, key: string, query = ""): string =>
  `/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}${query === "" ? "" : `?${query}`}`;

const on = (name: string, method: string, query = "", more: Omit<Attempt, "method" | "path"> = {}): Operation => ({
  name,
  at: (target) => ({ method, path: path(target, target.key, query), ...more }),
});

/** On a key that is not there yet. */
const make = (name: string, method: string, key: string, query = "", more: Omit<Attempt, "method" | "path"> = {}): Operation => ({
  name,
  at: (target) => ({ method, path: path(target, target.prefix + key, query), ...more }),
});

const inUpload = (name: string, method: string, query = "", more: Omit<Attempt, "method" | "path"> = {}): Operation => ({
  name,
  at: (target) => ({ method, path: path(target, `${target.prefix}upload`, `${query}uploadId=${target.uploadId}`), ...more }),
});

const list = (name: string, query: (target: Target) => string): Operation => ({
  name,
  at: (target) => ({ method: "GET", path: `/${target.bucket}?${query(target)}` }),
});

const TAGS = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
const PUBLIC = { "x-amz-acl": "public-read" };
const copySource = ({ bucket, key }: Target) => ({ "x-amz-copy-source": path({ bucket } as Target, key) });
const deletion = (keys: readonly string[]): string =>
  `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join("")}</Delete>`;

/** Aimed at a prefix. The last ones destroy what the others need. */
export const AT_A_PREFIX: readonly Operation[] = [
  on("GetObject", "GET"),
  on("GetObject of a range", "GET", "", { headers: { range: "bytes=0-1" } }),
  on("GetObject of a version", "GET", "versionId=null"),
  on("HeadObject", "HEAD"),
  make("GetObject that is not there", "GET", "absent"),
  make("HeadObject that is not there", "HEAD", "absent"),
  make("PutObject", "PUT", "new", "", { body: "new" }),
  on("PutObject over another", "PUT", "", { body: "own words" }),
  make("PutObject, open to everybody", "PUT", "open", "", { body: "open", headers: PUBLIC }),
  make("PutObject with tags", "PUT", "tagged", "", { body: "x", headers: { "x-amz-tagging": "a=b" } }),
  on("GetObjectAcl", "GET", "acl"),
  on("PutObjectAcl", "PUT", "acl", { headers: PUBLIC }),
  on("GetObjectTagging", "GET", "tagging"),
  on("PutObjectTagging", "PUT", "tagging", { body: TAGS }),
  on("DeleteObjectTagging", "DELETE", "tagging"),
  on("GetObjectRetention", "GET", "retention"),
  on("PutObjectRetention", "PUT", "retention", { body: "<Retention><Mode>GOVERNANCE</Mode></Retention>" }),
  on("GetObjectLegalHold", "GET", "legal-hold"),
  on("PutObjectLegalHold", "PUT", "legal-hold", { body: "<LegalHold><Status>ON</Status></LegalHold>" }),
  on("GetObjectTorrent", "GET", "torrent"),
  on("RestoreObject", "POST", "restore"),
  on("SelectObjectContent", "POST", "select&select-type=2", { body: "<SelectRequest/>" }),
  {
    name: "CopyObject from here",
    at: (target, own) => ({ method: "PUT", path: path(own, `${own.prefix}copy`), headers: copySource(target) }),
  },
  {
    name: "CopyObject to here",
    at: (target, own) => ({ method: "PUT", path: path(target, `${target.prefix}copied`), headers: copySource(own) }),
  },
  make("CreateMultipartUpload", "POST", "another", "uploads"),
  inUpload("UploadPart", "PUT", "partNumber=2&", { body: "part" }),
  { name: "UploadPartCopy from here", at: (target, own) => ({ ...inUploadOf(own, "partNumber=3&"), headers: copySource(target) }) },
  { name: "UploadPartCopy to here", at: (target, own) => ({ ...inUploadOf(target, "partNumber=4&"), headers: copySource(own) }) },
  inUpload("ListParts", "GET"),
  inUpload("CompleteMultipartUpload, with nothing in it", "POST", "", { body: "<CompleteMultipartUpload/>" }),
  list("ListObjects", ({ prefix }) => `prefix=${prefix}`),
  list("ListObjectsV2", ({ prefix }) => `list-type=2&prefix=${prefix}`),
  list("ListObjectsV2 deeper", ({ prefix }) => `list-type=2&prefix=${prefix}no`),
  list("ListObjectsV2 by folders", ({ prefix }) => `list-type=2&delimiter=/&prefix=${prefix}`),
  list("ListObjectsV2 without the slash", ({ prefix }) => `list-type=2&prefix=${prefix.slice(0, -1)}`),
  list("ListObjectsV2 of all, starting here", ({ prefix }) => `list-type=2&start-after=${prefix}`),
  list("ListObjectsV2 past the own prefix", ({ prefix }) => `list-type=2&prefix=${prefix}&start-after=zzz`),
  list("ListObjectVersions", ({ prefix }) => `versions&prefix=${prefix}`),
  list("ListMultipartUploads", ({ prefix }) => `uploads&prefix=${prefix}`),
  inUpload("AbortMultipartUpload", "DELETE"),
  on("DeleteObject of a version", "DELETE", "versionId=null"),
  { name: "DeleteObjects", at: (target) => ({ method: "POST", path: `/${target.bucket}?delete`, body: deletion([target.key]) }) },
  on("DeleteObject", "DELETE"),
];

function inUploadOf(target: Target, query: string): Attempt {
  return { method: "PUT", path: path(target, `${target.prefix}upload`, `${query}uploadId=${target.uploadId}`) };
}

const BUCKET_READS =
  "location policy policyStatus acl cors lifecycle versioning website tagging encryption object-lock publicAccessBlock replication notification logging requestPayment accelerate ownershipControls analytics inventory metrics intelligent-tiering";
const PUBLIC_POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: ["s3:*"], Resource: ["arn:aws:s3:::*"] }],
});
const BUCKET_WRITES: readonly [query: string, body: string][] = [
  ["policy", PUBLIC_POLICY],
  [
    "cors",
    "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>",
  ],
  [
    "lifecycle",
    "<LifecycleConfiguration><Rule><ID>x</ID><Prefix/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>",
  ],
  ["versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"],
  ["website", "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument></WebsiteConfiguration>"],
  ["tagging", TAGS],
  ["requestPayment", "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>"],
  ["publicAccessBlock", "<PublicAccessBlockConfiguration><BlockPublicAcls>false</BlockPublicAcls></PublicAccessBlockConfiguration>"],
  ["object-lock", "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"],
  ["notification", "<NotificationConfiguration/>"],
  ["encryption", "<ServerSideEncryptionConfiguration/>"],
  ["replication", "<ReplicationConfiguration/>"],
  ["logging", "<BucketLoggingStatus/>"],
];

const plain = (
  name: string,
  method: string,
  where: (target: Target) => string,
  more: Omit<Attempt, "method" | "path"> = {},
): Operation => ({
  name,
  at: (target) => ({ method, path: where(target), ...more }),
});
const bucketOf = ({ bucket }: Target): string => `/${bucket}`;

/** Aimed at the bucket, at other buckets and at the server. */
export const AT_THE_SERVER: readonly Operation[] = [
  plain("HeadBucket", "HEAD", bucketOf),
  plain("ListObjects of the bucket", "GET", bucketOf),
  plain("ListObjectsV2 of the bucket", "GET", (target) => `${bucketOf(target)}?list-type=2`),
  plain("ListObjectsV2 with an empty prefix", "GET", (target) => `${bucketOf(target)}?list-type=2&prefix=`),
  plain("ListObjectVersions of the bucket", "GET", (target) => `${bucketOf(target)}?versions`),
  plain("ListMultipartUploads of the bucket", "GET", (target) => `${bucketOf(target)}?uploads`),
  ...BUCKET_READS.split(" ").map((query) => plain(`read ${query}`, "GET", (target) => `${bucketOf(target)}?${query}`)),
  ...BUCKET_WRITES.map(([query, body]) => plain(`write ${query}`, "PUT", (target) => `${bucketOf(target)}?${query}`, { body })),
  plain("write acl", "PUT", (target) => `${bucketOf(target)}?acl`, { headers: PUBLIC }),
  ...["policy", "cors", "lifecycle", "website", "tagging", "publicAccessBlock", "encryption", "replication"].map((query) =>
    plain(`delete ${query}`, "DELETE", (target) => `${bucketOf(target)}?${query}`),
  ),
  plain("DeleteBucket", "DELETE", bucketOf),
  plain("CreateBucket", "PUT", () => "/a-bucket-of-my-own"),
  plain("CreateBucket that is there", "PUT", bucketOf),
  plain("ListBuckets", "GET", () => "/"),
  plain("PutObject beside all prefixes", "PUT", (target) => `${bucketOf(target)}/in-the-open`, { body: "x" }),
  plain("administration: users", "GET", () => "/admin/metadata/user"),
  plain("administration: the platform's keys", "GET", () => "/admin/user?uid=platform"),
  plain("administration: buckets", "GET", () => "/admin/bucket"),
  plain("administration: use", "GET", () => "/admin/usage"),
  plain("administration: a user", "PUT", () => "/admin/user?uid=evil&display-name=evil"),
];

const form = (parameters: Record<string, string>): Omit<Attempt, "path"> => ({
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams(parameters).toString(),
});
const DOCUMENTS = { AssumeRolePolicyDocument: PUBLIC_POLICY, PolicyDocument: PUBLIC_POLICY };
const STS = "GetSessionToken GetFederationToken GetCallerIdentity AssumeRoleWithWebIdentity AssumeRole";
const IAM =
  "ListRoles CreateRole GetRole PutRolePolicy GetRolePolicy ListRolePolicies UpdateAssumeRolePolicy TagRole DeleteRolePolicy DeleteRole ListUsers GetUser CreateUser DeleteUser CreateAccessKey ListAccessKeys PutUserPolicy GetUserPolicy DeleteUserPolicy ListUserPolicies ListOpenIDConnectProviders CreateOpenIDConnectProvider CreateTopic ListTopics DeleteTopic";

export type AccountAttempt = { name: string; service: "sts" | "iam"; attempt: Omit<Attempt, "path"> };

/** What STS and IAM are asked, aimed at a role and a user that are there; each signed for its service. */
export function atTheAccount(role: { name: string; arn: string }, user: string): AccountAttempt[] {
  const session = { DurationSeconds: "3600", Name: "evil", RoleArn: role.arn, RoleSessionName: "evil" };
  const change = { RoleName: role.name, PolicyName: "own-prefix", UserName: user, Name: "evil", ...DOCUMENTS };
  return [
    ...STS.split(" ").map((Action) => ({ name: Action, service: "sts" as const, attempt: form({ Action, ...session }) })),
    ...IAM.split(" ").map((Action) => ({ name: Action, service: "iam" as const, attempt: form({ Action, ...change }) })),
  ];
}
