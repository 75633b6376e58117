/** A new release must answer HTTP on its port before any request reaches it. */
import type { PlanOf } from "../../../contract/operations.ts";
import type { ContainerState } from "../../services/driver.ts";
import { StepFailure } from "../failure.ts";
import { pause, type StepContext } from "../step.ts";
import { answersHttp } from "./answers-http.ts";
import { refOf } from "./ref.ts";

const SECOND_MS = 1_000;
const PAUSE_MIN_MS = 5;
const PAUSE_MAX_MS = 500;
const PAUSE_FACTOR = 1.25;
/** The container engine is asked this often whether the container still runs: it needs the processor that the app needs to start. */
const INSPECT_EVERY_MS = 100;
/** An app may end at its first start, for example while its database is not ready. */
const RESTARTS_MAX = 3;

type Plan = PlanOf<"deploy">;

/** @throws StepFailure out_of_memory, crash_loop, port_mismatch, not_ready */
export async function probe(context: StepContext, plan: Plan): Promise<void> {
  const { clock, probeMs, signal } = context;
  const watch = watchContainer(context, plan);
  const begun = clock.elapsedMs();
  let pauseMs = PAUSE_MIN_MS;
  while (clock.elapsedMs() - begun < probeMs) {
    const address = await watch();
    if (address !== null && (await answersHttp(address, signal))) return;
    await pause(clock, pauseMs, signal);
    pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * PAUSE_FACTOR);
  }
  throw await silenceOf(context, plan);
}

/** @returns a function that says where the container answers, as of the last time the engine was asked; it throws when the container crashes */
function watchContainer(context: StepContext, plan: Plan): () => Promise<string | null> {
  const { clock, driver } = context;
  let restarts = 0;
  let inspectedAt = Number.NEGATIVE_INFINITY;
  let address: string | null = null;
  return async () => {
    if (clock.elapsedMs() - inspectedAt < INSPECT_EVERY_MS) return address;
    const state = await driver.inspect(refOf(context, plan));
    if (state === null) throw new Error("the container is gone");
    inspectedAt = clock.elapsedMs();
    address = state.isRunning ? state.address : null;
    if (state.isRunning || state.exitCode === null) return address;
    if (state.wasOutOfMemory || restarts >= RESTARTS_MAX) throw crashOf(state);
    restarts += 1;
    // One that cannot be started again counts as ended again.
    await driver.resume(refOf(context, plan)).catch((err: unknown) => context.log.warn({ err }, "a container could not be started again"));
    return null;
  };
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
