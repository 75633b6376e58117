/** The gateway's two users: the platform (the bridge) and the signer (the Worker), who may read and write objects and nothing else. */
import type { Cluster } from "./cluster.ts";

export interface CephUser {
  id: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** What it may administer; empty for one that may not. */
  administers: readonly string[];
}

const NO_BUCKETS = -1;
const BUCKETS_MAX = 10;

/** Makes the user or sets its keys. The record goes in by standard input: a secret on a command line is everybody's to read. */
export async function putUser({ tool }: Cluster, { id, accessKeyId, secretAccessKey, administers }: CephUser): Promise<void> {
  const record = {
    key: `user:${id}`,
    ver: { tag: id, ver: 1 },
    mtime: new Date(0).toISOString(),
    data: {
      user_id: id,
      display_name: id,
      email: "",
      suspended: 0,
      max_buckets: administers.length === 0 ? NO_BUCKETS : BUCKETS_MAX,
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
