/** kill -9 of one of a stack's programs. */
import { setTimeout as delay } from "node:timers/promises";
import type { Stack } from "../../dev/stack.ts";

const POLL_MS = 50;
const DEATH_TIMEOUT_MS = 5_000;

/** Resolves when the process is gone. One that is down already stays what it is: killed. @throws when it survives */
export async function killAndWait({ service }: Pick<Stack, "service">, name: string): Promise<void> {
  const { pid: pidOf, kill } = service(name);
  const pid = pidOf();
  if (pid === undefined) return;
  kill("SIGKILL");
  const deadline = performance.now() + DEATH_TIMEOUT_MS;
  while (isAlive(pid)) {
    if (performance.now() > deadline) throw new Error(`${name} (process ${pid}) survived kill -9 for ${DEATH_TIMEOUT_MS} ms`);
    await delay(POLL_MS);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
