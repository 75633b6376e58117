/** Finds the inbox of a token, and converts outcomes of the object to API errors. */
import {
  type Absent,
  RECEIVE_HEADERS_MAX_BYTES,
  RECEIVE_TARGET_MAX_BYTES,
  type WebhookInboxObject,
} from "../../../contract/webhook-inbox.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import type { FoundResource } from "../../platform-db/resource-lookup.ts";
import { openResource } from "../resources/find.ts";

/** The inbox for a sender. Requires only the token and queries no database. @throws ApiError `webhook_not_found` */
export async function inboxOf({ ctx, token }: { ctx: RequestContext; token: string }): Promise<WebhookInboxObject> {
  const { hasher, inboxes } = ctx.deps;
  if (!(await hasher.isResourceToken(token))) throw new ApiError("webhook_not_found");
  return inboxes.of(token);
}

/** The inbox for its owner, who may read it. @throws ApiError `webhook_not_found`, `webhook_expired`, `unauthorized` or `lookup_failed` */
export async function findInbox({
  ctx,
  token,
}: {
  ctx: RequestContext;
  token: string;
}): Promise<{ resource: FoundResource; inbox: WebhookInboxObject }> {
  const wanted = { token, kind: "webhook", missing: "webhook_not_found", gone: "webhook_expired" } as const;
  const resource = await openResource({ ctx, input: wanted });
  return { resource, inbox: await ctx.deps.inboxes.of(token) };
}

/** Returns the object's answer if the inbox exists. @throws ApiError `webhook_not_found`, `webhook_expired` or `webhook_unavailable` */
export async function present<T extends { outcome: string }>(asked: Promise<T>): Promise<Exclude<T, Absent>> {
  const answer = await asked.catch((cause: unknown) => {
    throw new ApiError("webhook_unavailable", { cause });
  });
  if (answer.outcome === "missing") throw new ApiError("webhook_not_found");
  if (answer.outcome === "gone") throw new ApiError("webhook_expired");
  // The two outcomes of `Absent` are excluded above.
  return answer as Exclude<T, Absent>;
}

/** @throws ApiError `target_too_long` or `headers_too_large` */
export function checkSize({ path, query, headers }: { path: string; query: string; headers: Iterable<[string, string]> }): void {
  if (bytesOf(path) + bytesOf(query) > RECEIVE_TARGET_MAX_BYTES) {
    throw new ApiError("target_too_long", { maxBytes: RECEIVE_TARGET_MAX_BYTES });
  }
  let bytes = 0;
  for (const [name, value] of headers) bytes += bytesOf(name) + bytesOf(value);
  if (bytes > RECEIVE_HEADERS_MAX_BYTES) throw new ApiError("headers_too_large", { maxBytes: RECEIVE_HEADERS_MAX_BYTES });
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
