/** The resources of a team, one page at a time. Used by the API and by the dashboard pages. */
import { KINDS } from "../../../contract/kinds.ts";
import { ENV_PATTERN } from "../../../contract/names.ts";
import { hasScope } from "../../access.ts";
import type { RequestContext } from "../../context.ts";
import { lookupFailed } from "../../errors.ts";
import { type ListedResource, type ListFilter, listOfTeam } from "../../platform-db/resource-list.ts";
import { requireAccount } from "../actor.ts";
import { openToken } from "../grants/secrets.ts";
import { describeRow, type ResourceItem } from "./item.ts";

/** `token` is absent when the caller may not have it. */
export type ListItem = ResourceItem & { token?: string };
export type ResourcePage = { items: ListItem[]; total: number; provisional: number; next: ListFilter["before"] };

/** @returns one page, newest first; `next` is the `before` of the following page, null on the last page @throws ApiError `lookup_failed` */
export async function listResources({ ctx, input }: { ctx: RequestContext; input: ListFilter }): Promise<ResourcePage> {
  const { team } = requireAccount(ctx);
  // No resource can have an env that does not match the pattern.
  if (input.env !== null && !ENV_PATTERN.test(input.env)) return { items: [], total: 0, provisional: 0, next: null };
  const { database, clock } = ctx.deps;
  // Fetches one extra row to detect whether another page exists.
  const filter = { ...input, limit: input.limit + 1 };
  const { total, provisional, items } = await listOfTeam(database, team.id, filter, new Date(clock.now())).catch(lookupFailed);
  const shown = items.slice(0, input.limit);
  const last = shown.at(-1);
  const next = items.length > input.limit && last !== undefined ? { createdAt: last.created_at, id: last.id } : null;
  return { items: await Promise.all(shown.map((row) => listItem(ctx, row))), total, provisional, next };
}

async function listItem(ctx: RequestContext, row: ListedResource): Promise<ListItem> {
  const token = await openToken(ctx.deps, row.id, row.token_sealed);
  const item = await describeRow(ctx, row, token);
  return mayHaveToken(ctx, row) ? { ...item, token } : item;
}

/** The token of a provisionally attached resource stays with its holder. A read-only key does not get a token that permits writing. */
function mayHaveToken({ actor }: RequestContext, { kind, attached_provisionally }: ListedResource): boolean {
  if (attached_provisionally) return false;
  return KINDS[kind].tokenWrites !== true || actor.kind !== "key" || hasScope(actor.scopes, "write");
}
