/** The 201 answer of a create. Fields and order: PRODUCT "response", live-api 2.2. */
import { answerLimits, KINDS } from "../../../contract/kinds.ts";
import type { ResourceKind } from "../../../contract/names.ts";
import type { Tier } from "../../../contract/plans.ts";
import type { RequestContext } from "../../context.ts";
import { accountOf } from "../actor.ts";
import type { CreateInput } from "./input.ts";
import type { Credentials } from "./secrets.ts";

type Made = {
  resourceId: string;
  token: string;
  tier: Tier;
  credentials: Credentials;
  cold: boolean;
  expiresAt: Date | null;
  ways: WaysToKeep | null;
};

type WaysToKeep = { note: string; upgrade: string; upgrade_jwt: string; claim_url: string };

/** The link that starts a claim. It ends up in chats, so its JWT can only claim: it opens nothing and names no token. */
async function claimUrl(ctx: RequestContext, resourceId: string): Promise<string> {
  const jwt = await ctx.deps.tokens.issueClaim({ resourceId, fingerprint: ctx.client.fingerprint });
  return `${ctx.deps.config.publicUrl}/start?t=${jwt}`;
}

/** Only what nobody owns yet has to be kept: null for a team's. */
export async function waysToKeep(
  ctx: RequestContext,
  { resourceId, token, kind }: { resourceId: string; token: string; kind: ResourceKind },
): Promise<WaysToKeep | null> {
  if (accountOf(ctx) !== null) return null;
  const { publicUrl } = ctx.deps.config;
  const [upgrade, upgradeJwt] = await Promise.all([
    claimUrl(ctx, resourceId),
    ctx.deps.tokens.issueUpgrade({ resourceToken: token, fingerprint: ctx.client.fingerprint }),
  ]);
  const note = `Works now and lives ${answerLimits(kind, "anonymous").expires_in}. To keep it, POST upgrade_jwt and an e-mail to ${publicUrl}/claim, or open claim_url.`;
  const { note: ofKind } = KINDS[kind];
  return {
    note: ofKind === undefined ? note : `${note} ${ofKind}`,
    upgrade,
    upgrade_jwt: upgradeJwt,
    claim_url: upgrade,
  };
}

export function buildAnswer({ ctx, input, made }: { ctx: RequestContext; input: CreateInput; made: Made }) {
  const { note } = KINDS[input.kind];
  return {
    ok: true,
    id: made.resourceId,
    token: made.token,
    name: input.name,
    tier: made.tier,
    env: input.env,
    ...(input.envWasSent ? {} : { env_override_reason: "default_no_env_specified" }),
    ...made.credentials,
    ...KINDS[input.kind].links?.({ publicUrl: ctx.deps.config.publicUrl, token: made.token, credentials: made.credentials }),
    ...input.extra,
    limits: answerLimits(input.kind, made.tier),
    ...(note === undefined ? {} : { note }),
    ...made.ways,
    ...(made.expiresAt ? { expires_at: made.expiresAt.toISOString() } : {}),
    ...(made.cold ? { cold: true } : {}),
    ...(input.ignoredFields.length > 0 ? { ignored_fields: input.ignoredFields } : {}),
  };
}
