/** Users of the gateway, made with Ceph's tool and not over the API: the first user can only be made this way. */
import type { Cluster } from "./cluster.ts";

export interface CephUser {
  id: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** What the user may administer; empty for an ordinary user. */
  administers: readonly string[];
  /** How many buckets it may own. */
  buckets: number;
}

/** Zero means "no limit" to Ceph. */
const NO_BUCKETS = -1;

/** Makes the user or sets its keys. The record is passed on standard input, because all users can read a command line. */
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
