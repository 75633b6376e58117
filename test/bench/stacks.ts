/** The stacks of one run: everything durable, with pools only the bench lets fill. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineName } from "../../contract/engines.ts";
import { removeDataDirectory } from "../../dev/data/directory.ts";
import { type Stack, startStack } from "../../dev/stack.ts";
import { POOL_BOUNDS } from "./filling.ts";
import { openWorld, type World } from "./world.ts";

export type Stacks = {
  /** For files of the run. */
  folder: string;
  open(name: string, engines: readonly EngineName[]): Promise<World>;
  /** Stops all and removes what they stored. Harmless twice. */
  close(): Promise<void>;
};

export function createStacks(): Stacks {
  const folder = mkdtempSync(join(tmpdir(), "instanode-bench-"));
  const interrupted = new AbortController();
  let closing: Promise<void> | undefined;
  const open: { starting: Promise<Stack>; world?: World; dataDir: string }[] = [];
  const closeAll = async (): Promise<void> => {
    interrupted.abort();
    for (const { starting, world, dataDir } of open) {
      await world?.close();
      // One that did not start has stopped what it had started.
      await starting.then((stack) => stack.stop()).catch(() => undefined);
      removeDataDirectory(dataDir);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    folder,
    async open(name, engines) {
      const dataDir = join(folder, name);
      const bridgeEnv = { BRIDGE_POOLS: JSON.stringify(POOL_BOUNDS) };
      const starting = startStack({
        dataDir,
        mode: "serve",
        durable: true,
        restartCrashed: false,
        cronTicker: false,
        engines,
        bridgeEnv,
        signal: interrupted.signal,
      });
      const running: (typeof open)[number] = { starting, dataDir };
      open.push(running);
      running.world = await openWorld(Object.assign(await starting, { bridgeEnv }));
      return running.world;
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}
