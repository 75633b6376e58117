/** Warm creates with pauses between them: too few a second to be a burst, in which sweeps stand back. What a lone caller would feel. */
import { setTimeout as delay } from "node:timers/promises";
import type { World } from "../world.ts";
import { createAs } from "./creates.ts";

/** Three a second: the bridge calls four a burst. */
const EVERY_MS = 340;

/** @returns milliseconds of each create @throws PreconditionError when one was cold */
export async function pacedCreates(world: World, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const ms = await createAs(world, "warm");
    times.push(ms);
    await delay(Math.max(0, EVERY_MS - ms));
  }
  return times;
}
