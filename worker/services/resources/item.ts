/** A resource as its owner sees it: what it is, what it uses and what it may use, never its credentials. Source: live-api 2.3. */
import { wayBack } from "../../../contract/access.ts";
import { KINDS, storageLimitBytes, tenantLimits } from "../../../contract/kinds.ts";
import type { RequestContext } from "../../context.ts";
import type { ListedResource } from "../../platform-db/resource-list.ts";
import type { FoundResource } from "../../platform-db/resource-lookup.ts";
import { isOverSize } from "../metering/excess.ts";
import { inboxBytes } from "../webhooks/usage.ts";
import { openResource } from "./find.ts";

export async function describeResource({ ctx, input }: { ctx: RequestContext; input: { token: string } }) {
  const found = await openResource({ ctx, input: { ...input, provisional: "allowed" } });
  const token = input.token.toLowerCase();
  // An inbox counts its own bytes; everything else is measured now and then.
  const row = found.kind === "webhook" ? { ...found, storage_bytes: await inboxBytes({ ctx, token }) } : found;
  return { ...describeRow(row), token };
}

/** Everything but the token, which opens it. */
export function describeRow(row: FoundResource | ListedResource) {
  const { kind, tier, access } = row;
  const bytes = row.storage_bytes ?? 0;
  const limitBytes = storageLimitBytes(kind, tier);
  return {
    id: row.id,
    resource_type: kind,
    tier,
    status: "active" as const,
    env: row.env,
    name: row.name,
    storage_bytes: bytes,
    storage_limit_bytes: limitBytes,
    storage_exceeded: isOverSize({ bytes, limitBytes }),
    connections_limit: tenantLimits(kind, tier).connections,
    access,
    ...(row.access_reason === null ? {} : { access_reason: row.access_reason }),
    ...(access === "full" ? {} : { agent_action: wayBack(KINDS[kind].engine, access) }),
    created_at: row.created_at.toISOString(),
    ...(row.team_id === null ? {} : { team_id: row.team_id }),
    ...(row.attached_provisionally ? { provisional: true as const } : {}),
    ...(row.expires_at === null ? {} : { expires_at: row.expires_at.toISOString() }),
  };
}
export type ResourceItem = ReturnType<typeof describeRow>;
