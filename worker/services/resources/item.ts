/**
 * The description of a resource for its owner: properties, usage and limits, without credentials. Of a provisionally attached resource,
 * the team does not see name, environment, usage or access (docs/decisions/0005-fingerprint.md).
 */
import { type AccessReason, PAUSED, wayBack } from "../../../contract/access.ts";
import type { Access } from "../../../contract/jobs.ts";
import { storageLimitBytes, tenantLimits } from "../../../contract/limits.ts";
import type { RequestContext } from "../../context.ts";
import { homeOf } from "../../kinds.ts";
import type { DescribedResource } from "../../platform-db/resource-columns.ts";
import { isOverSize } from "../metering/excess.ts";
import { openResource } from "./find.ts";

export async function describeResource({ ctx, input }: { ctx: RequestContext; input: { token: string } }) {
  const found = await openResource({ ctx, input: { ...input, provisional: "allowed" } });
  const token = input.token.toLowerCase();
  return { ...(await describeRow(ctx, found, token)), token };
}

/** Everything except the token, which grants access. */
export async function describeRow(ctx: RequestContext, row: DescribedResource, token: string): Promise<ResourceItem> {
  const { publicUrl } = ctx.deps.config;
  if (row.attached_provisionally && ctx.actor.kind !== "holder") return veiled(wholeItem({ ...row, storage_bytes: null }, publicUrl));
  const { deps, requestId } = ctx;
  const storage_bytes = await homeOf(row.kind).measure({ deps, requestId }, { token, reported: row.storage_bytes });
  return wholeItem({ ...row, storage_bytes }, publicUrl);
}

/** Hides the fields that only the holder may see. They are null rather than absent, so that existing clients can still read them. */
function veiled({ access_reason: _why, agent_action: _way, ...item }: WholeItem) {
  return { ...item, name: null, env: null, storage_bytes: null, access: null };
}

export type WholeItem = ReturnType<typeof wholeItem>;
export type VeiledItem = ReturnType<typeof veiled>;
/** `name` distinguishes the two: it is null in a veiled item. */
export type ResourceItem = WholeItem | VeiledItem;

function wholeItem(row: DescribedResource, publicUrl: string) {
  const { kind, tier } = row;
  const bytes = row.storage_bytes ?? 0;
  const limitBytes = storageLimitBytes(kind, tier);
  return {
    id: row.id,
    resource_type: kind,
    tier,
    status: row.paused_at === null ? ("active" as const) : ("paused" as const),
    env: row.env,
    name: row.name,
    storage_bytes: bytes,
    storage_limit_bytes: limitBytes,
    storage_exceeded: isOverSize({ bytes, limitBytes }),
    connections_limit: tenantLimits(kind, tier).connections,
    ...accessOf(row, publicUrl),
    created_at: row.created_at.toISOString(),
    ...(row.team_id === null ? {} : { team_id: row.team_id }),
    ...(row.attached_provisionally ? { provisional: true as const } : {}),
    ...(row.expires_at === null ? {} : { expires_at: row.expires_at.toISOString() }),
    ...(row.paused_at === null ? {} : { paused_at: row.paused_at.toISOString() }),
  };
}

/** The current access. A pause takes precedence over a reduction by metering, which applies again after the resume. */
function accessOf(
  { kind, access, access_reason, paused_at, team_id, attached_provisionally }: DescribedResource,
  publicUrl: string,
): {
  access: Access;
  access_reason?: AccessReason;
  agent_action?: string;
} {
  if (paused_at !== null) return { access: "none", access_reason: "paused", agent_action: PAUSED };
  if (access === "full" || access_reason === null) return { access };
  // The holder of a provisionally attached resource can still claim it.
  const isTeams = team_id !== null && !attached_provisionally;
  return { access, access_reason, agent_action: wayBack({ kind, access, isTeams, publicUrl }) };
}
