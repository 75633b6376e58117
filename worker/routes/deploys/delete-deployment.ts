/** `DELETE /api/v1/deployments/{id}`: deletes a deployment at once, when the header confirms it. */
import { z } from "@hono/zod-openapi";
import { deleteDeployment } from "../../services/deploys/remove.ts";
import { ACCOUNT_SECURITY } from "../auth/session.ts";
import { json, refusals } from "../openapi.ts";
import { DEPLOYMENT_REFUSALS, deploymentParameters, onBothPrefixes } from "./deployment.ts";

const DELETED = "The deployment is deleted. Its containers, images and logs are being removed.";

const answerSchema = z
  .object({
    ok: z.literal(true),
    id: z.uuid(),
    resource_type: z.literal("deployment"),
    deletion_status: z.literal("confirmed"),
    freed_at: z.iso.datetime().openapi({ description: "From then on its place in the tier is free." }),
    note: z.string(),
  })
  .openapi("DeletedDeployment");

export const removeDeployment = onBothPrefixes(
  "",
  {
    method: "delete",
    summary: "Delete a deployment",
    description: "Permanent, with its images and logs. A second delete is 404.",
    operationId: "deleteDeployment",
    security: ACCOUNT_SECURITY,
    request: {
      ...deploymentParameters,
      headers: z.object({
        "X-Skip-Email-Confirmation": z.string().optional().openapi({ description: "`yes` confirms the deletion.", example: "yes" }),
      }),
    },
    responses: {
      200: json("Deleted.", answerSchema),
      ...refusals(...DEPLOYMENT_REFUSALS, "foreign_origin", "deletion_confirmation_required", "delete_failed"),
    },
  },
  { access: "account_write", rate: "counted" },
  async (c, input) => {
    const { ctx } = c.var;
    const isConfirmed = input.headers()["X-Skip-Email-Confirmation"]?.trim().toLowerCase() === "yes";
    const { id } = await deleteDeployment({ ctx, input: { id: input.params().id, isConfirmed } });
    const freed_at = new Date(ctx.deps.clock.now()).toISOString();
    return c.json(
      { ok: true as const, id, resource_type: "deployment" as const, deletion_status: "confirmed" as const, freed_at, note: DELETED },
      200,
    );
  },
);
