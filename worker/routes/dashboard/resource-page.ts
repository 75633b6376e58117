/** `/dashboard/resources/{id}`: one resource and its actions. */
import { z } from "@hono/zod-openapi";
import { KINDS } from "../../../contract/kinds.ts";
import { hasRole } from "../../access.ts";
import { ApiError } from "../../errors.ts";
import { ConnectionPage } from "../../pages/dashboard/connection.tsx";
import { InboxAway } from "../../pages/dashboard/requests.tsx";
import { ResourcePage } from "../../pages/dashboard/resource.tsx";
import { tokenOfResource } from "../../services/resources/by-id.ts";
import { confirmResource } from "../../services/resources/confirm.ts";
import { connectionOf } from "../../services/resources/connection.ts";
import { deleteResource } from "../../services/resources/delete.ts";
import { describeResource } from "../../services/resources/item.ts";
import { pauseResource, resumeResource } from "../../services/resources/pause.ts";
import { rotateCredentials } from "../../services/resources/rotate.ts";
import { dotenv } from "../resources/env-format.ts";
import { requestId, requestsOf } from "./requests-tail.ts";
import { answerPage, backTo, DASHBOARD, dashboardForm, dashboardPage, lenient, type Post, type Visit } from "./signed-in.ts";

const PAGE = `${DASHBOARD}/resources/{id}`;
const pageOf = (id: string): string => PAGE.replace("{id}", id);

const query = z.object({ done: lenient(z.string()), before: requestId });
type Shown = { done?: string | null; before?: string | null; problem?: string };

async function resourcePage(visit: Visit, { done, before = null, problem }: Shown) {
  const { c, account, nowMs, id } = visit;
  const { ctx } = c.var;
  const token = await tokenOfResource({ ctx, input: { id } });
  const { token: _secret, ...item } = await describeResource({ ctx, input: { token } });
  // What an inbox received may hold secrets: the API's rule for reading it is the same.
  const showsRequests = KINDS[item.resource_type].keepsRequests === true && item.name !== null && hasRole(account.role, "developer");
  const inbox = showsRequests ? await requestsOf(c, { id: item.id, token, before }).catch(inboxAway) : {};
  return ResourcePage({ viewer: account, item, nowMs, done, problem, ...inbox });
}

/** When the inbox does not answer, the rest of its page is shown all the same. */
function inboxAway(cause: unknown) {
  if (!(cause instanceof ApiError)) throw cause;
  return { children: InboxAway() };
}

export const resourceDetails = dashboardPage(PAGE, { query }, (visit) => resourcePage(visit, visit.query));

/** A form about the resource in the path. */
function resourceForm(action: string, act: (post: Post, token: string) => Promise<Response>) {
  return dashboardForm(`${PAGE}/${action}`, { page: PAGE }, async (post) =>
    act(post, await tokenOfResource({ ctx: post.c.var.ctx, input: { id: post.id } })),
  );
}

export const connectionForm = resourceForm("connection", async ({ c, account }, token) => {
  const connection = await connectionOf({ ctx: c.var.ctx, input: { token } });
  const { publicUrl } = c.var.ctx.deps.config;
  return answerPage(c, ConnectionPage({ viewer: account, connection, dotenv: dotenv(connection.variables), publicUrl }));
});

/** The answer is a redirect without the new password: reloading a page with it would rotate again. */
export const rotateForm = resourceForm("rotate", async ({ c, id }, token) => {
  await rotateCredentials({ ctx: c.var.ctx, input: { token } });
  return backTo(c, pageOf(id), "rotated");
});

/** The resource already is in the wanted state. */
const ALREADY = new Set(["already_paused", "not_paused"]);

function ignoreAlready(cause: unknown): void {
  if (!(cause instanceof ApiError && ALREADY.has(cause.code))) throw cause;
}

export const pauseForm = resourceForm("pause", async ({ c, id }, token) => {
  await pauseResource({ ctx: c.var.ctx, input: { token } }).catch(ignoreAlready);
  return backTo(c, pageOf(id), "paused");
});

export const resumeForm = resourceForm("resume", async ({ c, id }, token) => {
  await resumeResource({ ctx: c.var.ctx, input: { token } }).catch(ignoreAlready);
  return backTo(c, pageOf(id), "resumed");
});

export const deleteForm = resourceForm("delete", async ({ form, ...visit }, token) => {
  const { c } = visit;
  const { ctx } = c.var;
  const { name } = await describeResource({ ctx, input: { token } });
  // A provisional resource shows no name; deleting it is refused below.
  if (name !== null && form.get("name")?.trim() !== name) {
    return answerPage(c, await resourcePage(visit, { problem: "Nothing was deleted: the name you typed does not match." }), 400);
  }
  await deleteResource({ ctx, input: { token } });
  return backTo(c, DASHBOARD, "deleted");
});

export const confirmForm = resourceForm("confirm", async ({ form, ...visit }, token) => {
  const { c, id } = visit;
  try {
    await confirmResource({ ctx: c.var.ctx, input: { token, upgradeJwt: (form.get("upgrade_jwt") ?? "").trim() } });
  } catch (cause) {
    if (!(cause instanceof ApiError) || cause.code !== "invalid_token") throw cause;
    const problem = "That is not the upgrade_jwt of this resource, or it is older than 7 days. Paste all of it.";
    return answerPage(c, await resourcePage(visit, { problem }), 400);
  }
  return backTo(c, pageOf(id), "confirmed");
});
