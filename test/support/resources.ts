/** The routes of one resource, as its holder calls them. */
import { z } from "zod";
import type { Api, Call } from "./api.ts";
import type { Answer } from "./http.ts";

/** What a create answers that its holder needs. */
export type Held = { token: string; upgrade_jwt: string };

export const resourcePath = ({ token }: Pick<Held, "token">, rest = ""): string => `/api/v1/resources/${token}${rest}`;
export const bearer = (jwt: string): Record<string, string> => ({ Authorization: `Bearer ${jwt}` });

/** Source: live-api 2.3; a key too many is as wrong as one too few. */
export const itemSchema = z.strictObject({
  id: z.uuid(),
  token: z.uuid(),
  resource_type: z.string(),
  tier: z.literal("anonymous"),
  status: z.literal("active"),
  env: z.string(),
  name: z.string(),
  storage_bytes: z.number().int(),
  storage_limit_bytes: z.number().int(),
  storage_exceeded: z.boolean(),
  connections_limit: z.number().int(),
  access: z.enum(["full", "read_only", "none"]),
  access_reason: z.literal("storage_limit_exceeded").optional(),
  agent_action: z
    .string()
    .regex(/^Tell the user /)
    .optional(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
});
export const itemAnswerSchema = z.strictObject({ ok: z.literal(true), item: itemSchema, resource: itemSchema });
export type Item = z.infer<typeof itemSchema>;

/** The routes with the resource's own JWT as the bearer. Their calls are the local caller's unless told: polling has no rate limit. */
export function holderOf(api: Api, held: Held, call: Call = { caller: null }) {
  const send = (method: string, rest = ""): Promise<Answer> =>
    api.call(method, resourcePath(held, rest), { ...call, headers: { ...bearer(held.upgrade_jwt), ...call.headers } });
  return {
    get: () => send("GET"),
    item: async (): Promise<Item> => itemAnswerSchema.parse((await send("GET")).body).item,
    credentials: () => send("GET", "/credentials"),
    rotate: () => send("POST", "/rotate-credentials"),
    remove: () => send("DELETE"),
  };
}
