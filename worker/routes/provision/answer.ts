/** How a create's finished JSON text goes out: once built, it is sent byte for byte, also on a replay. */
import type { TypedResponse } from "hono";
import type { AppContext } from "../../http.ts";
import type { CreateResult } from "../../services/provision/input.ts";

const CREATED = 201;

/**
 * The cast names the type the text was built as: `T` is the route's own answer schema, and a test parses real answers with it.
 */
export function created<T>(
  c: AppContext,
  { bodyText, upgrade, replayed }: CreateResult,
): Response & TypedResponse<T, typeof CREATED, "json"> {
  const headers = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    ...(upgrade !== null ? { "X-Instant-Upgrade": upgrade } : {}),
    ...(replayed ? { "X-Idempotent-Replay": "true" } : {}),
  };
  const response: Response = c.body(bodyText, CREATED, headers);
  return response as Response & TypedResponse<T, typeof CREATED, "json">;
}
