/** `/dashboard/deployments`: the team's deployments. */
import { z } from "@hono/zod-openapi";
import { DEPLOYMENTS, DeploymentsPage } from "../../pages/dashboard/deployments.tsx";
import { listDeployments } from "../../services/deploys/read.ts";
import { cursorOf, readCursor } from "../resources/cursor.ts";
import { dashboardPage, lenient } from "./signed-in.ts";

const PAGE_SIZE = 25;
const NONE = { items: [], total: 0, next: null };

const query = z.object({ before: lenient(z.string().transform(readCursor)), done: lenient(z.string()) });

export const deploymentsPage = dashboardPage(DEPLOYMENTS, { query }, async ({ c, account, nowMs, query: { before, done } }) => {
  const { ctx } = c.var;
  const { publicUrl, deploys } = ctx.deps.config;
  const isEnabled = deploys !== null;
  const page = isEnabled ? await listDeployments({ ctx, input: { environment: null, before, limit: PAGE_SIZE } }) : NONE;
  const { items, total, next } = page;
  const older = next === null ? null : `${DEPLOYMENTS}?before=${cursorOf(next)}`;
  return DeploymentsPage({ viewer: account, items, total, older, done, nowMs, publicUrl, isEnabled });
});
