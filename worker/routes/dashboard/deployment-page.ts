/** `/dashboard/deployments/{id}`: one deployment and its actions. */
import { z } from "@hono/zod-openapi";
import type { AppMetrics } from "../../../contract/app-metrics.ts";
import { ERRORS } from "../../../contract/errors.ts";
import { hasRole } from "../../access.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { DeploymentPage } from "../../pages/dashboard/deployment.tsx";
import { DEPLOYMENTS } from "../../pages/dashboard/deployments.tsx";
import { setVariables } from "../../services/deploys/configure.ts";
import { findDeployment } from "../../services/deploys/find.ts";
import { describeDeployment } from "../../services/deploys/item.ts";
import { readMetrics } from "../../services/deploys/metrics.ts";
import { readEvents } from "../../services/deploys/read.ts";
import { readReleases, redeploy, rollBack, startDeployment, stopDeployment } from "../../services/deploys/releases.ts";
import { deleteDeployment } from "../../services/deploys/remove.ts";
import { answerPage, backTo, dashboardForm, dashboardPage, lenient, type Post, type Visit } from "./signed-in.ts";

const PAGE = `${DEPLOYMENTS}/{id}`;
const RELEASES_SHOWN = 20;
const EVENTS_SHOWN = 30;

const query = z.object({ done: lenient(z.string()) });

async function deploymentPage({ c, account, nowMs, id }: Visit, { done, problem }: { done?: string | null; problem?: string }) {
  const { ctx } = c.var;
  const { service, releases } = await readReleases({ ctx, input: { id, limit: RELEASES_SHOWN } });
  const [item, { events }, metrics] = await Promise.all([
    describeDeployment(ctx, service),
    readEvents({ ctx, input: { id: service.id, limit: EVENTS_SHOWN } }),
    metricsOf(ctx, service),
  ]);
  const mayChange = hasRole(account.role, "developer");
  return DeploymentPage({ viewer: account, item, releases, events, metrics, nowMs, mayChange, done, problem });
}

/** The page does not depend on them. */
async function metricsOf(
  ctx: RequestContext,
  { id, current_release }: { id: string; current_release: number | null },
): Promise<AppMetrics | null> {
  if (current_release === null) return null;
  const read = await readMetrics({ ctx, input: { id } }).catch(() => null);
  return read?.metrics ?? null;
}

export const deploymentDetails = dashboardPage(PAGE, { query }, (visit) => deploymentPage(visit, visit.query));

/** What the person can correct or wait for: shown on the page itself. Everything else has a page of its own. */
const SHOWN_ON_PAGE: ReadonlySet<string> = new Set([
  "builder_unavailable",
  "not_ready",
  "release_not_found",
  "invalid_env_vars",
  "invalid_env_key",
  "env_too_large",
  "resource_binding_not_found",
  "resource_binding_forbidden",
  "deletion_confirmation_required",
]);

/** A form about the deployment in the path. @param done the name of the notice that follows */
function deploymentForm(action: string, done: string, act: (post: Post) => Promise<unknown>, next: (post: Post) => string = pageOf) {
  return dashboardForm(`${PAGE}/${action}`, { page: PAGE }, async (post) => {
    const { c } = post;
    // What is not the team's is refused before the fields are read.
    await findDeployment(c.var.ctx, post.id);
    try {
      await act(post);
    } catch (cause) {
      if (!(cause instanceof ApiError && SHOWN_ON_PAGE.has(cause.code))) throw cause;
      const problem = ERRORS[cause.code].message({ publicUrl: c.var.ctx.deps.config.publicUrl, ...cause });
      return answerPage(c, await deploymentPage(post, { problem }), 400);
    }
    return backTo(c, next(post), done);
  });
}

const pageOf = ({ id }: Post): string => PAGE.replace("{id}", id);
const inputOf = ({ c, id }: Post) => ({ ctx: c.var.ctx, input: { id } });

export const variableForm = deploymentForm("variables", "variable_set", ({ c, id, form }) => {
  const name = (form.get("name") ?? "").trim();
  // Browsers send every line break of a text field as CR LF.
  const value = (form.get("value") ?? "").replaceAll("\r\n", "\n");
  return setVariables({ ctx: c.var.ctx, input: { id, variables: { [name]: value } } });
});

export const redeployForm = deploymentForm("redeploy", "redeploying", (post) => redeploy(inputOf(post)));
export const stopForm = deploymentForm("stop", "stopping", (post) => stopDeployment(inputOf(post)));
export const startForm = deploymentForm("start", "starting", (post) => startDeployment(inputOf(post)));

export const rollbackForm = deploymentForm("rollback", "rolling_back", ({ c, id, form }) => {
  const release = Number(form.get("release"));
  if (!Number.isSafeInteger(release)) throw new ApiError("release_not_found");
  return rollBack({ ctx: c.var.ctx, input: { id, release } });
});

export const deleteDeploymentForm = deploymentForm(
  "delete",
  "deployment_deleted",
  async ({ c, id, form }) => {
    const { ctx } = c.var;
    const { name } = await findDeployment(ctx, id);
    // The typed name confirms it.
    await deleteDeployment({ ctx, input: { id, isConfirmed: form.get("name")?.trim() === name } });
  },
  () => DEPLOYMENTS,
);
