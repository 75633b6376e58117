/** How a create's finished JSON text goes out: once built, it is sent byte for byte, also on a replay. */
import { z } from "@hono/zod-openapi";
import type { TypedResponse } from "hono";
import type { AppContext } from "../../http.ts";

const CREATED = 201;
const upgradeSchema = z.object({ upgrade: z.string().optional() });

/**
 * The cast names the type the text was built as: `T` is the route's own answer schema, and a test parses real answers with it.
 */
export function created<T>(
  c: AppContext,
  result: { bodyText: string; replayed: boolean },
): Response & TypedResponse<T, typeof CREATED, "json"> {
  const { upgrade } = upgradeSchema.parse(JSON.parse(result.bodyText));
  const headers = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    ...(upgrade ? { "X-Instant-Upgrade": upgrade } : {}),
    ...(result.replayed ? { "X-Idempotent-Replay": "true" } : {}),
  };
  const response: Response = c.body(result.bodyText, CREATED, headers);
  return response as Response & TypedResponse<T, typeof CREATED, "json">;
}
