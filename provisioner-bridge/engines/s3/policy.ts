/** What a tenant's keys may do: exactly its own prefix, with the slash at its end, so that `a/` never opens `ab/`. */
import type { Access } from "../../../contract/jobs.ts";

const VERSION = "2012-10-17";

/** Objects and parts of objects. No ACL and no policy action: nothing of a tenant's can be opened to others. */
const READING = ["s3:GetObject"];
const CLEARING = ["s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"];
const WRITING = ["s3:PutObject"];

/** Ways to make an object public while it is written: Ceph checks no ACL action for them. */
const OPENING = [
  { "s3:x-amz-acl": ["public-*", "authenticated-*"] },
  ...["read", "write", "read-acp", "write-acp", "full-control"].map((grant) => ({ [`s3:x-amz-grant-${grant}`]: ["*"] })),
];

/** @returns the policy document (JSON) of one tenant's keys */
export function tenantPolicy(bucket: string, name: string, access: Access): string {
  if (access === "none") return document([{ Effect: "Deny", Action: ["s3:*"], Resource: ["*"] }]);
  const actions = [...READING, ...CLEARING, ...(access === "full" ? WRITING : [])];
  const own = [`arn:aws:s3:::${bucket}/${name}/*`];
  const ownPrefix = { "s3:prefix": [`${name}/*`] };
  return document([
    { Effect: "Allow", Action: actions, Resource: own },
    // Ceph asks for it at the bucket before it looks at each key of a DeleteObjects; it opens no object, and Amazon ignores it.
    { Effect: "Allow", Action: ["s3:DeleteObject"], Resource: [`arn:aws:s3:::${bucket}`] },
    // A user owns what it writes, and could open it afterwards.
    { Effect: "Deny", Action: ["s3:PutObjectAcl", "s3:PutObjectVersionAcl"], Resource: own },
    ...OPENING.map((condition) => ({ Effect: "Deny", Action: ["s3:PutObject"], Resource: own, Condition: { StringLike: condition } })),
    {
      Effect: "Allow",
      Action: ["s3:ListBucket"],
      Resource: [`arn:aws:s3:::${bucket}`],
      // A query can name several prefixes. MinIO is content when any of them fits and lists by the first one: all have to (and one is there).
      Condition: { StringLike: ownPrefix, "ForAllValues:StringLike": ownPrefix },
    },
  ]);
}

/**
 * Who may take a tenant's role: the platform's user, and not from inside a role. Some servers (Ceph) let a session act as the user
 * who began it: it would renew itself. `aws:userid` has a colon in a session only.
 */
export function trustPolicy(principalArn: string): string {
  const Action = ["sts:AssumeRole"];
  return document([
    { Effect: "Allow", Principal: { AWS: [principalArn] }, Action },
    { Effect: "Deny", Principal: { AWS: ["*"] }, Action, Condition: { StringLike: { "aws:userid": ["*:*"] } } },
  ]);
}

function document(statements: readonly object[]): string {
  return JSON.stringify({ Version: VERSION, Statement: statements });
}
