/** `GET /`: what this is, for whoever follows no documentation at all. */
import { createRoute, z } from "@hono/zod-openapi";
import { endpoint } from "../../http.ts";
import { json, refusals } from "../openapi.ts";

const schema = z
  .object({ ok: z.literal(true), name: z.string(), try: z.string(), docs: z.string(), openapi: z.string() })
  .openapi("Welcome");

const route = createRoute({
  method: "get",
  path: "/",
  tags: ["Operations"],
  summary: "Where to go from here",
  operationId: "root",
  security: [],
  responses: { 200: json("Links.", schema), ...refusals() },
});

export const root = endpoint(route, { access: "open", rate: "counted" }, (c) => {
  const { publicUrl } = c.var.ctx.deps.config;
  const firstCurl = `curl -X POST ${publicUrl}/db/new -H "Content-Type: application/json" -d '{"name":"prod-db"}'`;
  return c.json(
    { ok: true as const, name: "instanode", try: firstCurl, docs: `${publicUrl}/docs`, openapi: `${publicUrl}/openapi.json` },
    200,
  );
});
