/** The memory of running programs, with the processes that they started. */
import { readdirSync, readFileSync } from "node:fs";

const SAMPLE_MS = 20;
const KIB = 1_024;

/** Resident bytes of these processes and all below them. */
export function memoryOf(pids: readonly number[]): number {
  return [...new Set(pids.flatMap(withChildren))].reduce((sum, pid) => sum + residentOf(pid), 0);
}

/** The most that they held while `work` ran, in bytes. */
export async function peakOf(pids: readonly number[], work: () => Promise<unknown>): Promise<number> {
  const all = pids.flatMap(withChildren);
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, memoryOf(all));
  };
  const sampling = setInterval(look, SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(sampling);
  }
  look();
  return peak;
}

function withChildren(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(withChildren)];
}

function residentOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * KIB;
}
