/** `GET /openapi.json`: the document `npm run generate` writes from the route definitions. */
import { createRoute, z } from "@hono/zod-openapi";
import { endpoint } from "../endpoint.ts";
import { refusals } from "../openapi.ts";
import { staticFile } from "./static-file.ts";

const MAX_AGE_SECONDS = 300;

const route = createRoute({
  method: "get",
  path: "/openapi.json",
  tags: ["Documentation"],
  summary: "This document",
  operationId: "openapi",
  security: [],
  responses: {
    200: {
      description: "OpenAPI 3.1.",
      content: { "application/json": { schema: z.looseObject({ openapi: z.string() }).openapi("OpenApiDocument") } },
    },
    ...refusals("not_found"),
  },
});

export const openapiJson = endpoint(route, { access: "open", rate: "counted" }, async (c) => {
  // The file is this schema's document as a whole; its type is the document itself, which a test compares.
  return (await staticFile(c, "/openapi.json", MAX_AGE_SECONDS)) as never;
});
