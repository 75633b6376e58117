/**
 * Sends a stored request again, to a URL that the owner of the inbox chooses. Requires an inbox of an account, because no account is
 * accountable for the requests of an anonymous inbox. The rules for the URL are in target.ts.
 */
import type { StoredRequest } from "../../../contract/webhook-inbox.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import { type Failure, type IncomingAnswer, PublicInternetError, type PublicInternetPort } from "../../ports/public-internet.ts";
import { accountOf } from "../actor.ts";
import { replayedHeaders } from "./headers.ts";
import { findInbox, present } from "./inbox.ts";
import { checkRequestId } from "./read.ts";
import { replayTarget } from "./target.ts";

/** Marks the request as a replay. */
const REPLAY_HEADER = "X-Webhook-Replay";

type Asked = { ctx: RequestContext; input: { token: string; id: string; url: unknown } };
export type Replayed = { url: string; durationMs: number } & (
  | ({ delivered: true } & IncomingAnswer)
  | { delivered: false; failure: Failure }
);

/**
 * If the target does not answer, this returns `delivered: false` and does not throw.
 * @throws ApiError of `findInbox`, `replayTarget` and `present`, `replay_requires_account`, `replay_disabled`, `rate_limited` or `webhook_request_not_found`
 */
export async function replayRequest({ ctx, input }: Asked): Promise<Replayed> {
  const { resource, inbox } = await findInbox({ ctx, token: input.token });
  if (accountOf(ctx) === null || resource.team_id === null) throw new ApiError("replay_requires_account");
  const { publicInternet, config } = ctx.deps;
  const url = replayTarget(input.url, config);
  checkRequestId(input.id);
  if (publicInternet === null) throw new ApiError("replay_disabled");
  const { request, allowance } = await present(inbox.takeReplay(input.id));
  if (!allowance.allowed) throw new ApiError("rate_limited", { retryAfterSeconds: allowance.resetsInSeconds });
  if (!request) throw new ApiError("webhook_request_not_found");
  return send(publicInternet, ctx.deps.clock, url, request);
}

async function send(
  internet: PublicInternetPort,
  clock: Clock,
  url: string,
  { id, method, headers, body }: StoredRequest,
): Promise<Replayed> {
  const startedAt = clock.now();
  const took = () => clock.now() - startedAt;
  const outgoing = { url, method, headers: [...replayedHeaders(headers), [REPLAY_HEADER, id] as [string, string]], body };
  try {
    return { url, delivered: true, ...(await internet.send(outgoing)), durationMs: took() };
  } catch (cause) {
    if (!(cause instanceof PublicInternetError)) throw cause;
    return { url, delivered: false, failure: cause.failure, durationMs: took() };
  }
}
