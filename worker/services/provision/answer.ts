/** The 201 answer of a create: its fields and their order. */

import type { Credentials } from "../../../contract/kinds/kind.ts";
import { KINDS } from "../../../contract/kinds.ts";
import { answerLimits } from "../../../contract/limits.ts";
import type { Creating } from "./input.ts";

type Made = { credentials: Credentials; cold: boolean; expiresAt: Date | null };
type WaysToKeep = { note: string; upgrade: string; upgrade_jwt: string; claim_url: string };

/**
 * Prepares the fields that do not depend on the tenant, so that it can run while the tenant is created.
 * @returns a function that adds the other fields and does not throw. `upgrade`: the link that starts a claim, null for a team's resource
 */
export async function draftAnswer(creating: Creating, { resourceId, token }: { resourceId: string; token: string }) {
  const { ctx, input, caller } = creating;
  const { links, note } = KINDS[input.kind];
  const ways = caller.teamId === null ? await waysToKeep(creating, resourceId, token) : null;
  return ({ credentials, cold, expiresAt }: Made) => ({
    upgrade: ways?.upgrade ?? null,
    body: {
      ok: true,
      id: resourceId,
      token,
      name: input.name,
      tier: caller.tier,
      env: input.env,
      ...(input.envWasSent ? {} : { env_override_reason: "default_no_env_specified" }),
      ...credentials,
      ...links?.({ publicUrl: ctx.deps.config.publicUrl, token, credentials }),
      ...input.extra,
      limits: answerLimits(input.kind, caller.tier),
      ...(note === undefined ? {} : { note }),
      ...ways,
      ...(expiresAt === null ? {} : { expires_at: expiresAt.toISOString() }),
      ...(cold ? { cold: true } : {}),
      ...(input.ignoredFields.length > 0 ? { ignored_fields: input.ignoredFields } : {}),
    },
  });
}

/** How an anonymous caller keeps the resource. Users share the link in chats, so its JWT can only claim and contains no token. */
async function waysToKeep({ ctx, input: { kind } }: Creating, resourceId: string, token: string): Promise<WaysToKeep> {
  const { tokens, config } = ctx.deps;
  const { fingerprint } = ctx.client;
  const [claim, upgrade_jwt] = await Promise.all([
    tokens.issueClaim({ resourceId, fingerprint }),
    tokens.issueUpgrade({ resourceToken: token, fingerprint }),
  ]);
  const upgrade = `${config.publicUrl}/start?t=${claim}`;
  const note = `Works now and lives ${answerLimits(kind, "anonymous").expires_in}. To keep it, POST upgrade_jwt and an e-mail to ${config.publicUrl}/claim, or open claim_url.`;
  const { note: ofKind } = KINDS[kind];
  return { note: ofKind === undefined ? note : `${note} ${ofKind}`, upgrade, upgrade_jwt, claim_url: upgrade };
}
