/** `GET /api/v1/env/{token}`: a resource as ready environment variables. */
import { createRoute, z } from "@hono/zod-openapi";
import { KINDS } from "../../../contract/kinds.ts";
import { readVariables } from "../../services/resources/connection.ts";
import { endpoint } from "../endpoint.ts";
import { parameter } from "../field.ts";
import { refusals } from "../openapi.ts";
import { dotenv, ENV_FORMATS, shell } from "./env-format.ts";
import { HOLDER_SECURITY, RESOURCE_REFUSALS, RESOURCE_TAG, resourceParameters } from "./resource-path.ts";

const query = z.object({
  format: parameter(
    z.enum(ENV_FORMATS).optional().openapi({ description: "Default: `dotenv`." }),
    `must be one of ${ENV_FORMATS.join(", ")}`,
  ),
});
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

export const getVariables = endpoint(route, { access: "resource", rate: "counted" }, async (c, input) => {
  const { format = "dotenv" } = input.query();
  const variables = await readVariables({ ctx: c.var.ctx, input: input.params() });
  if (format === "json") return c.json(variables, 200);
  return c.text(format === "shell" ? shell(variables) : dotenv(variables), 200, TEXT);
});
