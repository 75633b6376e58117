/** The steps of every verb. Fault points and crash tests are generated from these tables. */
import type { OperationVerb } from "../../contract/operations.ts";
import type { OperationPoint } from "../faults.ts";
import { accessSteps } from "./access.ts";
import { deleteSteps } from "./delete.ts";
import { deploySteps } from "./deploy/table.ts";
import type { AnyTable, StepTable } from "./step.ts";
import { stopSteps } from "./stop.ts";

const TABLES: { [V in OperationVerb]: StepTable<V> } = {
  deploy: deploySteps,
  stop: stopSteps,
  access: accessSteps,
  delete: deleteSteps,
};

/** The table of a verb whose plan is only known as one of all. The runner gives its steps the plan of the same verb. */
export function tableOf(verb: OperationVerb): AnyTable {
  return TABLES[verb];
}

/** The points an operation passes, in order. */
export function operationPoints(verb: OperationVerb): OperationPoint[] {
  return tableOf(verb).steps.flatMap(({ name }) => [
    `operation.${verb}.${name}.before` as const,
    `operation.${verb}.${name}.after` as const,
  ]);
}
