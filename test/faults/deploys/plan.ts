/** Which process is killed at which point of which change of a deployment. The points come from the operations' tables of steps. */
import type { OperationVerb } from "../../../contract/operations.ts";
import { operationPoints } from "../../../provisioner-bridge/operations/tables.ts";
import type { SeededRandom } from "../../support/seeded-random.ts";

export const CHANGES = ["deploy", "redeploy", "rollback", "stop", "delete", "expiry"] as const;
export type Change = (typeof CHANGES)[number];
export const VICTIMS = ["worker", "bridge", "container-engine", "ingress"] as const;
export type Victim = (typeof VICTIMS)[number];

export type Try = { number: number; change: Change; point: string; victim: Victim; afterwards: "answer" | "drop" };

const VERB: Record<Change, OperationVerb> = {
  deploy: "deploy",
  redeploy: "deploy",
  rollback: "deploy",
  stop: "stop",
  delete: "delete",
  expiry: "delete",
};
const ROW_POINT: Record<Change, string[]> = {
  deploy: ["worker.deploy.after_admit", "worker.deploy.after_insert"],
  redeploy: ["worker.deploy.after_admit", "worker.deploy.after_row"],
  rollback: ["worker.deploy.after_row"],
  stop: ["worker.deploy.after_row"],
  delete: ["worker.deploy.after_delete"],
  expiry: [],
};
const SENDING = ["worker.operate.before_job", "worker.operate.after_job"];

/** The points that a change passes, in order. */
export const pointsOf = (change: Change): string[] => [...ROW_POINT[change], ...SENDING, ...operationPoints(VERB[change])];

/** Every change and every victim comes as often as any other; the points are drawn. */
export function planDeploys(random: SeededRandom, tries: number): Try[] {
  const pairs = CHANGES.flatMap((change) => VICTIMS.map((victim) => ({ change, victim })));
  const rounds = Array.from({ length: Math.ceil(tries / pairs.length) }, () => random.shuffled(pairs));
  return rounds
    .flat()
    .slice(0, tries)
    .map(({ change, victim }, index) => ({
      number: index + 1,
      change,
      victim,
      point: random.pick(pointsOf(change)),
      afterwards: random.chance(1 / 4) ? "drop" : "answer",
    }));
}

/** Each change once and each victim at least once, at steps of the bridge: elsewhere a change may wait for the cron of the next minute. */
export function planDeploySample(random: SeededRandom): Try[] {
  const victims = random.shuffled(VICTIMS);
  return random.shuffled(CHANGES).map((change, index) => ({
    number: index + 1,
    change,
    victim: victims[index % victims.length] ?? "bridge",
    point: random.pick(operationPoints(VERB[change])),
    afterwards: "answer",
  }));
}
