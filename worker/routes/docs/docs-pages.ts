/** `GET /docs` and its files. */
import { createRoute, z } from "@hono/zod-openapi";
import { IdempotencyPage } from "../../pages/idempotency.tsx";
import { PAGE_SECURITY_POLICY } from "../../pages/layout.tsx";
import { ReferencePage } from "../../pages/reference.tsx";
import { endpoint } from "../endpoint.ts";
import { refusals } from "../openapi.ts";
import { staticFile } from "./static-file.ts";

const PAGE_HEADERS = { "Content-Security-Policy": PAGE_SECURITY_POLICY, "Cache-Control": "public, max-age=300" };
const FILE_MAX_AGE_SECONDS = 3600;

const html = { description: "A page.", content: { "text/html": { schema: z.string() } } };

const referenceRoute = createRoute({
  method: "get",
  path: "/docs",
  tags: ["Documentation"],
  summary: "The interactive reference",
  operationId: "reference",
  security: [],
  responses: { 200: html, ...refusals() },
});

export const reference = endpoint(referenceRoute, { access: "open", rate: "counted" }, (c) => c.html(ReferencePage(), 200, PAGE_HEADERS));

const idempotencyRoute = createRoute({
  method: "get",
  path: "/docs/idempotency",
  tags: ["Documentation"],
  summary: "How to retry safely",
  operationId: "idempotency",
  security: [],
  responses: { 200: html, ...refusals() },
});

export const idempotency = endpoint(idempotencyRoute, { access: "open", rate: "counted" }, (c) =>
  c.html(IdempotencyPage({ publicUrl: c.var.ctx.deps.config.publicUrl }), 200, PAGE_HEADERS),
);

const fileRoute = createRoute({
  method: "get",
  path: "/docs/{file}",
  // Scripts and styles of the reference page; API clients do not call them.
  hide: true,
  responses: { 200: { description: "A file." }, ...refusals("not_found") },
});

export const docsFile = endpoint(fileRoute, { access: "open", rate: "counted" }, (c) =>
  staticFile(c, `/docs/${c.req.param("file")}`, FILE_MAX_AGE_SECONDS),
);
