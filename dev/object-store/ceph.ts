/** Ceph as the object store of this machine: monitor, disk and gateway, started in that order and stopped in the other. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Cluster, cluster } from "../ceph/cluster.ts";
import type { CephSettings } from "../ceph/configuration.ts";
import { cephDaemons, logFileOf } from "../ceph/daemons.ts";
import type { CephPrograms } from "../ceph/programs.ts";
import { putUser } from "../ceph/users.ts";
import { serversFolder } from "../data/servers.ts";
import type { DataPaths } from "../paths.ts";
import { logEnd, type Running, type Surroundings } from "../process/process-service.ts";
import type { Supervised } from "../process/supervise.ts";
import { unprivilegedUser } from "../process/users.ts";
import { SetupError } from "../setup-error.ts";
import { until } from "../time.ts";
import type { ObjectStoreAddress } from "./address.ts";
import { allowUser, ensureBucket } from "./bucket.ts";

/** Long: the first start makes pools; after a crash the disk first replays its log. */
const READY_TIMEOUT_MS = 120_000;
const PROBE_INTERVAL_MS = 100;
const PROBE_TIMEOUT_MS = 2_000;
const SERVER_ERROR = 500;

/** The platform's user in Ceph. Only this user may assume tenants' roles. */
export const PLATFORM_USER = "platform";
const SIGNER_USER = "signer";
const OWNER_USER = "owner";
const OWNER_KEY_ID = "INSTANODEOWNER";
const ADMINISTERS = ["users", "buckets", "roles", "user-policy"];

export interface CephStoreOptions extends Omit<CephSettings, "directory"> {
  paths: DataPaths;
  address: ObjectStoreAddress;
  signer: { accessKeyId: string; secretAccessKey: string };
}

export function cephStore(options: CephStoreOptions, programs: CephPrograms, surroundings: Surroundings): Running {
  const user = unprivilegedUser();
  const directory = join(serversFolder(options.paths, user), "object-store");
  const made = cluster({ ...options, directory }, programs, user);
  const { monitor, disk, gateway } = cephDaemons(directory, programs, user, surroundings);
  const inOrder = [monitor, disk, gateway];
  const { endpoint } = options.address;
  return {
    async start() {
      const isFirst = !made.isMade();
      if (isFirst) surroundings.log({ kind: "note", subject: "object-store", text: "first start: making monitor, disk and gateway" });
      if (isFirst) await made.makeMonitor();
      await unlessRunning(monitor);
      if (isFirst) await made.makeDisk();
      await unlessRunning(disk);
      await unlessRunning(gateway);
    },
    async ready() {
      const parts = ["monitor", "disk", "gateway"] as const;
      const ended = (): string | undefined => parts.find((_, index) => inOrder[index]?.ended() !== undefined);
      const attempt = async (): Promise<void> => {
        if (ended() === undefined) await answers(endpoint);
      };
      const polling = { timeoutMs: READY_TIMEOUT_MS, intervalMs: PROBE_INTERVAL_MS, hopeless: () => ended() !== undefined };
      await until(attempt, polling).catch((cause: unknown) => {
        const log = logEnd(logFileOf(surroundings.logsDir, "gateway"));
        throw new SetupError(`object-store did not become ready within ${READY_TIMEOUT_MS / 1000} s.`, log, { cause });
      });
      const part = ended();
      if (part !== undefined) throw new SetupError(`object-store's ${part} ended at once.`, logEnd(logFileOf(surroundings.logsDir, part)));
      await makeUsers(made, options);
      for (const daemon of inOrder) daemon.settled();
    },
    async stop() {
      for (const daemon of inOrder.toReversed()) await daemon.stop();
    },
    // The gateway is the server that clients use; the other two are its storage.
    pid: gateway.pid,
    kill: gateway.kill,
  };
}

/**
 * Three users: the platform (the bridge), which administers; the signer (the Worker), which only reads and writes objects; and the
 * owner of the bucket, which is never used. The platform must not own the bucket, because a tenant's session acts as the user who began it.
 */
async function makeUsers(made: Cluster, { address, signer }: CephStoreOptions): Promise<void> {
  const { accessKeyId, secretAccessKey } = address;
  const owner = { accessKeyId: OWNER_KEY_ID, secretAccessKey: createHash("sha256").update(`owner|${secretAccessKey}`).digest("hex") };
  await putUser(made, { id: PLATFORM_USER, accessKeyId, secretAccessKey, administers: ADMINISTERS, buckets: 0 });
  await putUser(made, { id: SIGNER_USER, ...signer, administers: [], buckets: 0 });
  await putUser(made, { id: OWNER_USER, ...owner, administers: [], buckets: 1 });
  await ensureBucket({ ...address, ...owner });
  await allowUser(address, PLATFORM_USER, ["s3:*"]);
  await allowUser(address, SIGNER_USER, ["s3:GetObject", "s3:PutObject"]);
}

/** After a crash only the processes that ended are started again. */
async function unlessRunning(daemon: Supervised): Promise<void> {
  if (daemon.pid() === undefined) await daemon.start();
}

async function answers(endpoint: string): Promise<void> {
  const response = await fetch(endpoint, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
  await response.body?.cancel();
  if (response.status >= SERVER_ERROR) throw new Error(`the object store answered ${response.status}`);
}
