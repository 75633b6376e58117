/** What a service's row stores sealed: its variables, the plans of its operations, and where the end of a release is announced. */
import { z } from "zod";
import { type Variables, variablesSchema } from "../../../contract/deploys.ts";
import { type OperationPlan, operationPlanSchema } from "../../../contract/operations.ts";
import type { Deps } from "../../deps.ts";
import type { Notify } from "./fields.ts";

type Sealing = Pick<Deps, "sealer">;

const variablesBinding = (serviceId: string): string => `services.variables:${serviceId}`;
const notifyBinding = (serviceId: string): string => `services.notify:${serviceId}`;
const planBinding = (operationId: string): string => `operations.plan:${operationId}`;

const notifySchema = z.object({ url: z.string(), secret: z.string().nullable() });

export function sealVariables({ sealer }: Sealing, serviceId: string, variables: Variables): Promise<string> {
  return sealer.seal(JSON.stringify(variables), variablesBinding(serviceId));
}

/** Secret. @throws SealError */
export async function openVariables({ sealer }: Sealing, serviceId: string, sealed: string | null): Promise<Variables> {
  return sealed === null ? {} : variablesSchema.parse(JSON.parse(await sealer.open(sealed, variablesBinding(serviceId))));
}

export async function sealNotify({ sealer }: Sealing, serviceId: string, notify: Notify | null): Promise<string | null> {
  return notify === null ? null : sealer.seal(JSON.stringify(notify), notifyBinding(serviceId));
}

/** Secret. @throws SealError */
export async function openNotify({ sealer }: Sealing, serviceId: string, sealed: string | null): Promise<Notify | null> {
  return sealed === null ? null : notifySchema.parse(JSON.parse(await sealer.open(sealed, notifyBinding(serviceId))));
}

export function sealOwnPlan({ sealer }: Sealing, operationId: string, plan: OperationPlan): Promise<string> {
  return sealer.seal(JSON.stringify(plan), planBinding(operationId));
}

/** Secret. @throws SealError */
export async function openOwnPlan({ sealer }: Sealing, operationId: string, sealed: string): Promise<OperationPlan> {
  return operationPlanSchema.parse(JSON.parse(await sealer.open(sealed, planBinding(operationId))));
}
