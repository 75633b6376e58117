/** `GET /api/v1/capabilities`: what each tier includes. Open to every caller. */
import { createRoute, z } from "@hono/zod-openapi";
import { RESOURCE_KINDS } from "../../../contract/kinds.ts";
import { planSchema, tierSchema } from "../../../contract/plans.ts";
import { capabilities } from "../../services/usage/capabilities.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";

/** The answer changes with a release only. */
const CACHE = { "Cache-Control": "public, max-age=300" };
const CONTACT = "support@instanode.dev";

const number = z.number().openapi({ description: "-1 without a limit." });
const byKind = z.object(
  Object.fromEntries(RESOURCE_KINDS.map((kind) => [kind, number])) as Record<(typeof RESOURCE_KINDS)[number], typeof number>,
);

const tierCapabilitiesSchema = z
  .object({
    tier: z.enum(tierSchema.options),
    display_name: z.string(),
    price_usd_monthly: z.number(),
    paid_from_day_one: z.boolean(),
    annual_discount_percent: z.number().int(),
    lifetime_hours: number,
    live_resources: number,
    requests_per_minute: number,
    provisions_per_day: number,
    storage_limit_mb: byKind,
    connections_limit: byKind,
    resource_count_limit: byKind,
    deployments_apps: number.openapi({ description: "How many deployments a team may have." }),
    deployment: z
      .object({ memory_mb: z.number().int(), cpu: z.number(), disk_mb: z.number().int() })
      .openapi({ description: "What the container of one deployment gets." }),
    webhook_requests_stored: number,
    features: z.object(planSchema.shape.features.shape),
    is_terminal_tier: z.boolean(),
    upgrade_url: z.url().nullable(),
  })
  .openapi("TierCapabilities");

const answerSchema = z
  .object({
    ok: z.literal(true),
    kinds: z.array(z.object({ resource_type: z.enum(RESOURCE_KINDS), create: z.string() })),
    tiers: z.array(tierCapabilitiesSchema),
    docs: z.url(),
    contact: z.string(),
  })
  .openapi("Capabilities");

const route = createRoute({
  method: "get",
  path: "/api/v1/capabilities",
  tags: ["Operations"],
  summary: "What can be made, and what each tier includes",
  operationId: "capabilities",
  security: [],
  responses: { 200: json("The smallest tier first.", answerSchema), ...refusals() },
});

export const getCapabilities = endpoint(route, { access: "open", rate: "counted" }, (c) => {
  const { publicUrl } = c.var.ctx.deps.config;
  return c.json({ ok: true as const, ...capabilities(publicUrl), docs: `${publicUrl}/docs`, contact: CONTACT }, 200, CACHE);
});
