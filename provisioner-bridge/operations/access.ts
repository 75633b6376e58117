/** Changes who may call a service's URL. */
import type { PlanOf } from "../../contract/operations.ts";
import { noteAccess, readService } from "../registry/services.ts";
import { record, type StepContext, type StepTable } from "./step.ts";

export const accessSteps: StepTable<"access"> = {
  steps: [
    {
      name: "access",
      async do(context: StepContext, plan: PlanOf<"access">) {
        await context.routes.setAccess(plan.app_id, plan.access);
        await record(context, (query) => noteAccess(query, context.serviceId, plan.access, context.clock.now()));
      },
      async undo(context, plan) {
        const service = await record(context, (query) => readService(query, context.serviceId));
        if (service?.access != null) await context.routes.setAccess(plan.app_id, service.access);
      },
    },
  ],
};
