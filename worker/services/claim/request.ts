/** `POST /claim`: mails the link that performs the claim. Changes nothing else. */
import { MAGIC_LINK_LIFETIME_SECONDS, maskedEmail } from "../../../contract/accounts.ts";
import type { RequestContext } from "../../context.ts";
import { requestMail } from "../mail/request.ts";
import { readClaimToken, requireFree, subjectOf } from "./subject.ts";

export type ClaimRequest = { token: string; email: string; teamName: string | null; rotate: boolean };

/** @throws ApiError `invalid_token`, `already_claimed`, `resource_gone`, `rate_limited` or `lookup_failed` */
export async function requestClaim({ ctx, input }: { ctx: RequestContext; input: ClaimRequest }) {
  const claim = await readClaimToken(ctx, input.token);
  const resourceId = await requireFree(ctx, await subjectOf(ctx, claim));
  const { email, teamName, rotate } = input;
  const about = { kind: "claim", resource_id: resourceId, fingerprint: claim.fingerprint, team_name: teamName, rotate } as const;
  await requestMail(ctx, { email, about });
  return {
    ok: true as const,
    message: `A link is on its way to ${maskedEmail(email)}. It works once, for ${MAGIC_LINK_LIFETIME_SECONDS / 60} minutes; until it is confirmed nothing changes.`,
    email_sent_to: maskedEmail(email),
    link_expires_in: MAGIC_LINK_LIFETIME_SECONDS,
    agent_action: `Tell the user to open the link in the mail to ${maskedEmail(email)} and to confirm there. Only they can finish the claim.`,
  };
}
