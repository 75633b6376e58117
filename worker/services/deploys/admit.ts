/** Admission of a deploy: a new one takes one of the team's places; one that updates a deployment takes none. */
import { DEPLOYMENT } from "../../../contract/admission.ts";
import { plans, UNLIMITED } from "../../../contract/plans.ts";
import { ApiError } from "../../errors.ts";
import { type Admitted, admit, type Replayed } from "../admission.ts";
import type { Deploying } from "./upload.ts";

/** @throws ApiError `deployment_limit_reached` and the refusals of every admission */
export async function admitDeploy({ ctx, caller, input, sent, source, existing }: Deploying): Promise<Admitted | Replayed> {
  const { route, idempotencyKey } = input;
  const { deployments_apps } = plans.tiers[caller.tier].limits;
  const cap = deployments_apps === UNLIMITED ? null : deployments_apps;
  return admit({
    ctx,
    caller,
    route,
    idempotencyKey,
    // The source has a new id at every upload; the same bytes have the same hash.
    canonicalBody: JSON.stringify([Object.entries(sent).sort(([a], [b]) => (a < b ? -1 : 1)), source.sha256]),
    ...(existing === null ? { kind: DEPLOYMENT, live: { cap, kindCap: null } } : { kind: "release", live: null }),
    overCap: (passed) => new ApiError("deployment_limit_reached", { cap: passed.cap }),
  });
}
