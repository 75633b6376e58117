/** Users of the gateway, made behind its back: the first one can only be made so. */
import type { Cluster } from "./cluster.ts";

export interface CephUser {
  id: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** What it may administer; empty for one that may not. */
  administers: readonly string[];
  /** How many buckets it may own. */
  buckets: number;
}

/** Zero means "no limit" to Ceph. */
const NO_BUCKETS = -1;

/** Makes the user or sets its keys. The record goes in by standard input: a secret on a command line is everybody's to read. */
export async function putUser({ tool }: Cluster, { id, accessKeyId, secretAccessKey, administers, buckets }: CephUser): Promise<void> {
  const record = {
    key: `user:${id}`,
    ver: { tag: id, ver: 1 },
    mtime: new Date(0).toISOString(),
    data: {
      user_id: id,
      display_name: id,
      email: "",
      suspended: 0,
      max_buckets: buckets === 0 ? NO_BUCKETS : buckets,
      subusers: [],
      keys: [{ user: id, access_key: accessKeyId, secret_key: secretAccessKey }],
      swift_keys: [],
      caps: administers.map((type) => ({ type, perm: "*" })),
      op_mask: "read, write, delete",
      system: "false",
      type: "rgw",
      mfa_ids: [],
    },
  };
  await tool("radosgw-admin", ["-n", "client.rgw", "metadata", "put", `user:${id}`], JSON.stringify(record));
}
