/** Sends the JSON text of a create byte for byte as it was built, on a replay as well. */
import type { TypedResponse } from "hono";
import type { AppContext } from "../../http.ts";
import type { CreateResult } from "../../services/provision/input.ts";

const CREATED = 201;

/**
 * The cast: the text was built as `T`, the type of the route's answer schema. A test parses real answers with that schema.
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
