/** `GET /`: the entry point. A browser gets a page, other clients JSON. */
import { createRoute, z } from "@hono/zod-openapi";
import { LandingPage } from "../../pages/landing.tsx";
import { PUBLIC_PAGE_HEADERS } from "../../pages/site.tsx";
import { endpoint } from "../endpoint.ts";
import { refusals } from "../openapi.ts";

const schema = z
  .object({ ok: z.literal(true), name: z.string(), try: z.string(), docs: z.string(), openapi: z.string() })
  .openapi("Welcome");

const route = createRoute({
  method: "get",
  path: "/",
  tags: ["Operations"],
  summary: "Links to everything else",
  description: "JSON; a page where `Accept` names `text/html`.",
  operationId: "root",
  security: [],
  responses: {
    200: { description: "Links.", content: { "application/json": { schema }, "text/html": { schema: z.string() } } },
    ...refusals(),
  },
});

export const root = endpoint(route, { access: "open", rate: "counted" }, (c) => {
  const { publicUrl } = c.var.ctx.deps.config;
  // Only browsers ask for this type; `Vary` keeps caches from mixing the two answers.
  const wantsPage = (c.req.header("accept") ?? "").includes("text/html");
  if (wantsPage) return c.html(LandingPage({ publicUrl }), 200, { ...PUBLIC_PAGE_HEADERS, Vary: "Accept" });
  const firstCurl = `curl -X POST ${publicUrl}/db/new -H "Content-Type: application/json" -d '{"name":"prod-db"}'`;
  return c.json(
    { ok: true as const, name: "instanode", try: firstCurl, docs: `${publicUrl}/docs`, openapi: `${publicUrl}/openapi.json` },
    200,
    { Vary: "Accept" },
  );
});
