/** `GET /api/v1/env/{token}`: a resource as ready environment variables. */
import { createRoute, z } from "@hono/zod-openapi";
import { KINDS } from "../../../contract/kinds.ts";
import { endpoint } from "../../http.ts";
import { readVariables } from "../../services/resources/connection.ts";
import { refusals } from "../openapi.ts";
import { readQuery } from "../query.ts";
import { dotenv, ENV_FORMATS, shell } from "./env-format.ts";
import { HOLDER_SECURITY, RESOURCE_REFUSALS, RESOURCE_TAG, resourceParameters, tokenOf } from "./path.ts";

const query = z.object({ format: z.enum(ENV_FORMATS).optional().openapi({ description: "Left out: `dotenv`." }) });
const RULES = { format: `must be one of ${ENV_FORMATS.join(", ")}` };
const TEXT = { "Content-Type": "text/plain; charset=utf-8" };
const NAMES = [...new Set(Object.values(KINDS).flatMap(({ variables }) => variables.names))].join(", ");
const EXAMPLE = { DATABASE_URL: "postgres://t_x:…@pg.instanode.dev:5432/t_x", PGHOST: "pg.instanode.dev" };

const route = createRoute({
  method: "get",
  path: "/api/v1/env/{token}",
  tags: [RESOURCE_TAG],
  summary: "A resource as environment variables",
  description: `Under the names its clients read: ${NAMES}. \`dotenv\` for .env files, \`shell\` for \`eval "$(curl …)"\`, \`json\` as one flat object. Storage keys that end within ten minutes are minted anew.`,
  operationId: "resourceVariables",
  security: HOLDER_SECURITY,
  request: { ...resourceParameters, query },
  responses: {
    200: {
      description: "The variables.",
      content: {
        "text/plain": { schema: z.string() },
        "application/json": {
          schema: z.record(z.string(), z.string()).openapi("ResourceVariables", { example: EXAMPLE }),
        },
      },
    },
    ...refusals(...RESOURCE_REFUSALS, "invalid_query", "update_failed"),
  },
});

export const getVariables = endpoint(route, { access: "resource", rate: "counted" }, async (c) => {
  const { format = "dotenv" } = readQuery(c, query, RULES);
  const variables = await readVariables({ ctx: c.var.ctx, input: { token: tokenOf(c) } });
  if (format === "json") return c.json(variables, 200);
  return c.text(format === "shell" ? shell(variables) : dotenv(variables), 200, TEXT);
});
