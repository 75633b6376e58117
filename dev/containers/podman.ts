/** Debian's Podman, with all it keeps in folders of ours: its storage, its networks and its state. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onPath } from "../process/on-path.ts";
import { run } from "../process/run.ts";

/** `catatonit` is the first process of a container, `aardvark-dns` and `iptables` serve its network. */
export const PODMAN_PACKAGES = ["podman", "buildah", "runc", "netavark", "aardvark-dns", "iptables", "catatonit", "ca-certificates"];
const STOP_TIMEOUT_MS = 60_000;
/** Containers that are stopped with the whole stack get this long. */
const STOP_GRACE_SECONDS = 3;
/** A container's log is cut off at this size. */
const LOG_BYTES_MAX = 10_485_760;

export type PodmanFolders = {
  /** Images and containers. */
  storage: string;
  /** What does not survive a restart of the machine. */
  run: string;
  /** Images that are shared with other stacks, read only. */
  images?: string;
};

/** The variables of every call of Podman with these folders. Writes its configuration. */
export function podmanEnvironment(folder: string, { storage, run: runFolder, images }: PodmanFolders): Record<string, string> {
  for (const path of [folder, storage, runFolder, join(folder, "networks")]) mkdirSync(path, { recursive: true });
  const containers = join(folder, "containers.conf");
  const stores = join(folder, "storage.conf");
  const registries = join(folder, "registries.conf");
  writeFileSync(
    containers,
    `[containers]
default_ulimits = ["nofile=4096:4096", "nproc=8192:8192"]
log_driver = "k8s-file"
log_size_max = ${LOG_BYTES_MAX}
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
static_dir = "${join(storage, "libpod")}"
volume_path = "${join(storage, "volumes")}"
tmp_dir = "${join(runFolder, "libpod")}"
[network]
network_backend = "netavark"
network_config_dir = "${join(folder, "networks")}"
`,
  );
  writeFileSync(
    stores,
    `[storage]
driver = "overlay"
graphroot = "${join(storage, "images")}"
runroot = "${join(runFolder, "storage")}"
[storage.options]
additionalimagestores = [${images === undefined ? "" : `"${images}"`}]
`,
  );
  // As with Docker, an image without a registry's name is one of Docker Hub.
  writeFileSync(registries, 'unqualified-search-registries = ["docker.io"]\n');
  return {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    LC_ALL: "C",
    CONTAINERS_CONF: containers,
    CONTAINERS_STORAGE_CONF: stores,
    CONTAINERS_REGISTRIES_CONF: registries,
  };
}

export const hasPodman = (): boolean => ["podman", "runc"].every((name) => onPath(name, SEARCHED) !== undefined);
/** Debian's folder for administrators is outside of an ordinary user's PATH. */
const SEARCHED = `${process.env.PATH ?? ""}:/usr/sbin`;

/** Stops every container and unmounts its files, so that the folders can be removed. Containers stay, and can be started again. */
export async function stopContainers(env: Record<string, string>): Promise<void> {
  const options = { env, timeoutMs: STOP_TIMEOUT_MS, purpose: "Stopping the containers" };
  await run("podman", ["stop", "--all", "--time", String(STOP_GRACE_SECONDS)], options);
  await run("podman", ["umount", "--all", "--force"], options);
}
