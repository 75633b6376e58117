/** The query of a route, parsed by the schema its documentation shows. */
import type { z } from "@hono/zod-openapi";
import { ApiError } from "../errors.ts";
import type { AppContext } from "../http.ts";

/**
 * @param rules what each parameter must be, as a refusal says it: `must be a whole number from 1 to 200`
 * @throws ApiError `invalid_query` that names the first parameter that is not usable
 */
export function readQuery<S extends z.ZodObject>(c: AppContext, schema: S, rules: Record<keyof S["shape"], string>): z.output<S> {
  const parsed = schema.safeParse(c.req.query());
  if (parsed.success) return parsed.data;
  const name = String(parsed.error.issues[0]?.path[0] ?? "");
  throw new ApiError("invalid_query", { detail: `"${name}" ${rules[name] ?? "is not usable"}` });
}
