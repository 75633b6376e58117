/** `/dashboard/resources/{id}`: one resource, and what can be done with it. */
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
import { requestsOf } from "./requests.ts";
import { answerPage, backTo, DASHBOARD, dashboardForm, dashboardPage, idOf, type Post, type Visit } from "./signed-in.ts";

const PAGE = `${DASHBOARD}/resources/{id}`;
const pageOf = (id: string): string => PAGE.replace("{id}", id);

async function resourcePage(visit: Visit, problem?: string) {
  const { c, account, nowMs } = visit;
  const { ctx } = c.var;
  const token = await tokenOfResource({ ctx, input: { id: idOf(c) } });
  const { token: _secret, ...item } = await describeResource({ ctx, input: { token } });
  // What an inbox received may hold secrets: the API's rule for reading it is the same.
  const showsRequests = item.resource_type === "webhook" && item.name !== null && hasRole(account.role, "developer");
  const inbox = showsRequests ? await requestsOf(c, item.id, token).catch(inboxAway) : {};
  return ResourcePage({ viewer: account, item, nowMs, done: c.req.query("done"), problem, ...inbox });
}

/** An inbox that does not answer takes nothing from the rest of its page. */
function inboxAway(cause: unknown) {
  if (!(cause instanceof ApiError)) throw cause;
  return { children: InboxAway() };
}

export const resourceDetails = dashboardPage(PAGE, (visit) => resourcePage(visit));

/** A form about the resource in the path. */
function resourceForm(action: string, act: (post: Post, token: string) => Promise<Response>) {
  return dashboardForm(`${PAGE}/${action}`, { page: PAGE }, async (post) =>
    act(post, await tokenOfResource({ ctx: post.c.var.ctx, input: { id: idOf(post.c) } })),
  );
}

export const connectionForm = resourceForm("connection", async ({ c, account }, token) => {
  const connection = await connectionOf({ ctx: c.var.ctx, input: { token } });
  const { publicUrl } = c.var.ctx.deps.config;
  return answerPage(c, ConnectionPage({ viewer: account, connection, dotenv: dotenv(connection.variables), publicUrl }));
});

/** The new password is not in this answer: loading it again would change the password again. */
export const rotateForm = resourceForm("rotate", async ({ c }, token) => {
  await rotateCredentials({ ctx: c.var.ctx, input: { token } });
  return backTo(c, pageOf(idOf(c)), "rotated");
});

/** It is so already: what was wanted is done. */
const ALREADY = new Set(["already_paused", "not_paused"]);

function ignoreAlready(cause: unknown): void {
  if (!(cause instanceof ApiError && ALREADY.has(cause.code))) throw cause;
}

export const pauseForm = resourceForm("pause", async ({ c }, token) => {
  await pauseResource({ ctx: c.var.ctx, input: { token } }).catch(ignoreAlready);
  return backTo(c, pageOf(idOf(c)), "paused");
});

export const resumeForm = resourceForm("resume", async ({ c }, token) => {
  await resumeResource({ ctx: c.var.ctx, input: { token } }).catch(ignoreAlready);
  return backTo(c, pageOf(idOf(c)), "resumed");
});

export const deleteForm = resourceForm("delete", async ({ form, ...visit }, token) => {
  const { c } = visit;
  const { ctx } = c.var;
  const { name } = await describeResource({ ctx, input: { token } });
  // What only came along has no name to type, and is refused below.
  if (name !== null && form.get("name")?.trim() !== name) {
    return answerPage(c, await resourcePage(visit, "Nothing was deleted: what you typed is not its name."), 400);
  }
  await deleteResource({ ctx, input: { token } });
  return backTo(c, DASHBOARD, "deleted");
});

export const confirmForm = resourceForm("confirm", async ({ form, ...visit }, token) => {
  const { c } = visit;
  try {
    await confirmResource({ ctx: c.var.ctx, input: { token, upgradeJwt: (form.get("upgrade_jwt") ?? "").trim() } });
  } catch (cause) {
    if (!(cause instanceof ApiError) || cause.code !== "invalid_token") throw cause;
    const problem = "That is not the upgrade_jwt this resource was made with, or it is older than 7 days. Paste the whole of it.";
    return answerPage(c, await resourcePage(visit, problem), 400);
  }
  return backTo(c, pageOf(idOf(c)), "confirmed");
});
