/** Sends the JSON text of a create byte for byte as it was built, on a replay as well. */
import { z } from "@hono/zod-openapi";
import type { TypedResponse } from "hono";
import type { AppContext } from "../../http.ts";

const CREATED = 201;
const upgradeSchema = z.object({ upgrade: z.string().optional() });

/**
 * The cast: the text was built as `T`, the type of the route's answer schema. A test parses real answers with that schema.
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
