/** `/dashboard/usage`: counts and bytes with their limits. */
import { z } from "@hono/zod-openapi";
import { UsagePage } from "../../pages/dashboard/usage.tsx";
import { readUsage } from "../../services/usage/read.ts";
import { dashboardPage } from "./signed-in.ts";

export const usagePage = dashboardPage("/dashboard/usage", { query: z.object({}) }, async ({ c, account }) =>
  UsagePage({ viewer: account, usage: await readUsage({ ctx: c.var.ctx }) }),
);
