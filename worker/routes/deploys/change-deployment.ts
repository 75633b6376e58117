/** Changing a deployment: variables, access, lifetime, and its releases. */
import { z } from "@hono/zod-openapi";
import { ALLOWED_IPS_MAX } from "../../../contract/deploys.ts";
import { setAccess, setLifetime, setVariables, TTL_HOURS_MAX } from "../../services/deploys/configure.ts";
import { answerOf } from "../../services/deploys/item.ts";
import { redeploy, rollBack, startDeployment, stopDeployment } from "../../services/deploys/releases.ts";
import { ACCOUNT_SECURITY } from "../auth/session.ts";
import { field } from "../field.ts";
import { json, refusals } from "../openapi.ts";
import {
  BODY_REFUSALS,
  CHANGE_REFUSALS,
  deployAnswerSchema,
  deploymentParameters,
  onBothPrefixes,
  RELEASE_REFUSALS,
} from "./deployment.ts";

const WRITE = { access: "account_write", rate: "counted" } as const;
const body = <S extends z.ZodType>(schema: S) => ({ body: { required: true, content: { "application/json": { schema } } } });
const common = { security: ACCOUNT_SECURITY };

const RELEASING = "The new release is under way; the earlier one answers until it is healthy.";
const VARIABLES_KEPT = "Stored. The next release has them: POST …/redeploy.";

const variablesSchema = z
  .object({
    env: field(
      z
        .record(z.string(), z.string())
        .openapi({ description: "Merged into what is stored; an empty text deletes a variable.", example: { LOG_LEVEL: "debug" } }),
      { invalid: "invalid_env_vars", missing: "missing_fields", formerly: "env_vars", reads: z.unknown() },
    ),
  })
  .openapi("DeploymentVariables");

export const changeVariables = onBothPrefixes(
  "/env",
  {
    ...common,
    method: "patch",
    summary: "Change the variables of a deployment",
    description: "Merges. The next release has the new values; the running one keeps its own.",
    operationId: "changeDeploymentVariables",
    request: { ...deploymentParameters, ...body(variablesSchema) },
    responses: {
      200: json("Stored.", deployAnswerSchema),
      ...refusals(...CHANGE_REFUSALS, ...BODY_REFUSALS, "missing_fields", "invalid_env_vars", "invalid_env_key", "env_too_large"),
    },
  },
  WRITE,
  async (c, input) => {
    const { ctx } = c.var;
    const { id } = input.params();
    const { env: variables } = (await input.body()).fields;
    return c.json(await answerOf(ctx, await setVariables({ ctx, input: { id, variables } }), { note: VARIABLES_KEPT }), 200);
  },
);

const accessSchema = z
  .object({
    private: z.boolean().optional().openapi({ description: "Whether only `allowed_ips` may call the URL. Pro and larger tiers." }),
    allowed_ips: field(
      z
        .array(z.string())
        .max(ALLOWED_IPS_MAX)
        .optional()
        .openapi({ description: "Addresses and networks; replaces the stored list.", example: ["203.0.113.7", "198.51.100.0/24"] }),
      { invalid: "invalid_allowed_ip", reads: z.array(z.unknown()).optional() },
    ),
  })
  .openapi("DeploymentAccess");

export const changeAccess = onBothPrefixes(
  "",
  {
    ...common,
    method: "patch",
    summary: "Change who may call a deployment",
    description: "Takes effect without a new release.",
    operationId: "changeDeploymentAccess",
    request: { ...deploymentParameters, ...body(accessSchema) },
    responses: {
      200: json("Stored, and on its way to the URL.", deployAnswerSchema),
      ...refusals(
        ...CHANGE_REFUSALS,
        ...BODY_REFUSALS,
        "type_mismatch",
        "missing_fields",
        "private_deploy_requires_allowed_ips",
        "private_deploy_requires_pro",
        "invalid_allowed_ip",
        "too_many_allowed_ips",
      ),
    },
  },
  WRITE,
  async (c, input) => {
    const { ctx } = c.var;
    const { id } = input.params();
    const { private: isPrivate, allowed_ips: allowedIps } = (await input.body()).fields;
    return c.json(await answerOf(ctx, await setAccess({ ctx, input: { id, isPrivate, allowedIps } }), { note: "Stored." }), 200);
  },
);

export const makePermanent = onBothPrefixes(
  "/make-permanent",
  {
    ...common,
    method: "post",
    summary: "Keep a deployment for good",
    operationId: "makeDeploymentPermanent",
    request: deploymentParameters,
    responses: { 200: json("It does not expire.", deployAnswerSchema), ...refusals(...CHANGE_REFUSALS) },
  },
  WRITE,
  async (c, input) => {
    const { ctx } = c.var;
    const service = await setLifetime({ ctx, input: { id: input.params().id, hours: null } });
    return c.json(await answerOf(ctx, service, { note: "It does not expire." }), 200);
  },
);

const lifetimeSchema = z
  .object({
    hours: field(z.number().int().min(1).max(TTL_HOURS_MAX).openapi({ description: "From now on.", example: 48 }), {
      invalid: "invalid_hours",
      missing: "invalid_hours",
    }),
  })
  .openapi("DeploymentLifetime");

export const changeLifetime = onBothPrefixes(
  "/ttl",
  {
    ...common,
    method: "post",
    summary: "Set the lifetime of a deployment",
    operationId: "setDeploymentLifetime",
    request: { ...deploymentParameters, ...body(lifetimeSchema) },
    responses: { 200: json("Set.", deployAnswerSchema), ...refusals(...CHANGE_REFUSALS, ...BODY_REFUSALS, "invalid_hours") },
  },
  WRITE,
  async (c, input) => {
    const { ctx } = c.var;
    const { id } = input.params();
    const { hours } = (await input.body()).fields;
    return c.json(await answerOf(ctx, await setLifetime({ ctx, input: { id, hours } }), { note: "Its lifetime is set." }), 200);
  },
);

export const redeployRelease = onBothPrefixes(
  "/redeploy",
  {
    ...common,
    method: "post",
    summary: "Redeploy with the stored variables",
    description: "Runs the current image again with the variables and bindings of now. After a release that failed, tries that one again.",
    operationId: "redeploy",
    request: deploymentParameters,
    responses: { 202: json("Under way.", deployAnswerSchema), ...refusals(...CHANGE_REFUSALS, ...RELEASE_REFUSALS) },
  },
  WRITE,
  async (c, input) => {
    const { ctx } = c.var;
    return c.json(await answerOf(ctx, await redeploy({ ctx, input: input.params() }), { redeployed: true, note: RELEASING }), 202);
  },
);

const rollbackSchema = z
  .object({
    release: field(z.number().int().min(1).openapi({ description: "A release whose image is kept.", example: 3 }), {
      invalid: "invalid_release",
      missing: "invalid_release",
    }),
  })
  .openapi("Rollback");

export const rollBackRelease = onBothPrefixes(
  "/rollback",
  {
    ...common,
    method: "post",
    summary: "Roll back to an earlier release",
    description: "A new release that runs the image of the named one, with the variables of now.",
    operationId: "rollBack",
    request: { ...deploymentParameters, ...body(rollbackSchema) },
    responses: {
      202: json("Under way.", deployAnswerSchema),
      ...refusals(...CHANGE_REFUSALS, ...RELEASE_REFUSALS, ...BODY_REFUSALS, "invalid_release", "release_not_found"),
    },
  },
  WRITE,
  async (c, input) => {
    const { ctx } = c.var;
    const { id } = input.params();
    const { release } = (await input.body()).fields;
    return c.json(await answerOf(ctx, await rollBack({ ctx, input: { id, release } }), { redeployed: true, note: RELEASING }), 202);
  },
);

export const stopRelease = onBothPrefixes(
  "/stop",
  {
    ...common,
    method: "post",
    summary: "Stop a deployment",
    description: "Its URL answers no longer. Image, variables and URL are kept; it keeps its place in the tier.",
    operationId: "stopDeployment",
    request: deploymentParameters,
    responses: { 202: json("Stopping.", deployAnswerSchema), ...refusals(...CHANGE_REFUSALS) },
  },
  WRITE,
  async (c, input) => {
    const { ctx } = c.var;
    return c.json(await answerOf(ctx, await stopDeployment({ ctx, input: input.params() }), { note: "Stopping." }), 202);
  },
);

export const startRelease = onBothPrefixes(
  "/start",
  {
    ...common,
    method: "post",
    summary: "Start a stopped deployment",
    operationId: "startDeployment",
    request: deploymentParameters,
    responses: { 202: json("Starting.", deployAnswerSchema), ...refusals(...CHANGE_REFUSALS, ...RELEASE_REFUSALS) },
  },
  WRITE,
  async (c, input) => {
    const { ctx } = c.var;
    return c.json(await answerOf(ctx, await startDeployment({ ctx, input: input.params() }), { note: "Starting." }), 202);
  },
);
