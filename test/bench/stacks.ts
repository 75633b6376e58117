/** The stacks of one run: everything durable, with pools only the bench lets fill. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineName } from "../../contract/names.ts";
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
  let closing: Promise<void> | undefined;
  const open: { stack?: Stack; world?: World; dataDir: string }[] = [];
  const closeAll = async (): Promise<void> => {
    for (const { stack, world, dataDir } of open) {
      await world?.close();
      await stack?.stop();
      removeDataDirectory(dataDir);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    folder,
    async open(name, engines) {
      const running: (typeof open)[number] = { dataDir: join(folder, name) };
      open.push(running);
      const bridgeEnv = { BRIDGE_POOLS: JSON.stringify(POOL_BOUNDS) };
      running.stack = await startStack({
        dataDir: running.dataDir,
        mode: "serve",
        durable: true,
        restartCrashed: false,
        cronTicker: false,
        engines,
        bridgeEnv,
      });
      running.world = await openWorld(Object.assign(running.stack, { bridgeEnv }));
      return running.world;
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}
