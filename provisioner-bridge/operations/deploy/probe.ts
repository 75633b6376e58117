/** A new release must answer HTTP on its port before any request reaches it. */
import type { PlanOf } from "../../../contract/operations.ts";
import type { ContainerState } from "../../services/driver.ts";
import { StepFailure } from "../failure.ts";
import { pause, type StepContext } from "../step.ts";
import { answersHttp } from "./answers-http.ts";
import { refOf } from "./ref.ts";

const SECOND_MS = 1_000;
const PAUSE_MIN_MS = 50;
const PAUSE_MAX_MS = 500;
const PAUSE_FACTOR = 1.5;
/** A container that has ended may be started again by its engine within this time. */
const ENDED_MAX_MS = 2_000;
const RESTARTS_MAX = 3;

type Plan = PlanOf<"deploy">;

/** @throws StepFailure out_of_memory, crash_loop, port_mismatch, not_ready */
export async function probe(context: StepContext, plan: Plan): Promise<void> {
  const { clock, driver, probeMs, signal } = context;
  const begun = clock.elapsedMs();
  let endedSince: number | null = null;
  let pauseMs = PAUSE_MIN_MS;
  while (clock.elapsedMs() - begun < probeMs) {
    const state = await driver.inspect(refOf(context, plan));
    if (state === null) throw new Error("the container is gone");
    if (state.isRunning && state.address !== null && (await answersHttp(state.address, signal))) return;
    endedSince = state.isRunning || state.exitCode === null ? null : (endedSince ?? clock.elapsedMs());
    if (hasCrashed(state, endedSince === null ? 0 : clock.elapsedMs() - endedSince)) throw crashOf(state);
    await pause(clock, pauseMs, signal);
    pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * PAUSE_FACTOR);
  }
  throw await silenceOf(context, plan);
}

function hasCrashed({ restarts }: ContainerState, endedMs: number): boolean {
  return restarts >= RESTARTS_MAX || endedMs >= ENDED_MAX_MS;
}

function crashOf({ wasOutOfMemory, exitCode }: ContainerState): StepFailure {
  return new StepFailure(wasOutOfMemory ? "out_of_memory" : "crash_loop", { exitCode });
}

/** Why a container that runs did not answer. */
async function silenceOf(context: StepContext, plan: Plan): Promise<StepFailure> {
  const { driver, probeMs } = context;
  const ref = refOf(context, plan);
  const state = await driver.inspect(ref);
  if (state !== null && !state.isRunning && state.exitCode !== null) return crashOf(state);
  const listening = await driver.listeningPorts(ref);
  const facts = { port: plan.port, seconds: Math.round(probeMs / SECOND_MS), listening };
  return new StepFailure(listening.length > 0 && !listening.includes(plan.port) ? "port_mismatch" : "not_ready", facts);
}
