import type { PlanOf } from "../../../contract/operations.ts";
import type { ReleaseRef } from "../../services/driver.ts";
import type { StepContext } from "../step.ts";

/** The release that the plan makes, as the driver names it. */
export function refOf({ serviceId }: StepContext, { app_id: appId, release }: PlanOf<"deploy">): ReleaseRef {
  return { serviceId, appId, release };
}
