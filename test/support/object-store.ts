/** A throw-away object store for tests: Ceph in memory, in a data directory of its own, gone afterwards. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import getPort from "get-port";
import { openDataDirectory, removeDataDirectory } from "../../dev/data/directory.ts";
import { type ObjectStoreAddress, parseAddress } from "../../dev/object-store/address.ts";
import { HOST } from "../../dev/ports.ts";
import { silentProgress } from "../../dev/progress.ts";
import { objectStore } from "../../dev/services/object-store.ts";

export type TestObjectStore = {
  /** What the bridge is told of it, and what the Worker is. */
  readonly env: Record<string, string>;
  readonly workerVars: Record<string, string>;
  /** As the platform. */
  readonly address: ObjectStoreAddress;
  /** The gateway alone: the two processes behind it go on, and so does what is stored. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  dispose(): Promise<void>;
};

export async function startTestObjectStore(): Promise<TestObjectStore> {
  const folder = mkdtempSync(join(tmpdir(), "instanode-s3-"));
  const paths = openDataDirectory(join(folder, "data"));
  const [port, monitorPort] = [await getPort({ host: "127.0.0.1", reserve: true }), await getPort({ host: "127.0.0.1", reserve: true })];
  const options = { paths, port, monitorPort, secrets: { platform: "throw-away-platform", signer: "throw-away-signer" } };
  const server = objectStore(
    { ...options, durable: false, externalUrl: undefined },
    { logsDir: paths.logs, restartCrashed: false, log: silentProgress },
  );
  const remove = (): void => {
    removeDataDirectory(paths.dataDir);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    if (!(await server.present())) throw new Error("no object store on this machine: run `npm test`, which installs it");
    await server.start();
    await server.ready();
  } catch (cause) {
    await server.stop();
    remove();
    throw cause;
  }
  return {
    env: server.bridgeEnvironment(HOST),
    workerVars: server.workerVars?.() ?? {},
    address: parseAddress(server.url, ""),
    async kill() {
      const pid = server.pid();
      server.kill("SIGKILL");
      while (pid !== undefined && isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
    },
    async restart() {
      await server.start();
      await server.ready();
    },
    async dispose() {
      await server.stop();
      remove();
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
