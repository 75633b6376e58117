/** Delivery events of the mail provider. */
import { z } from "zod";
import { DELIVERY_EVENTS } from "../../../contract/accounts.ts";
import { equalSecrets } from "../../crypto/equal.ts";
import type { Deps } from "../../deps.ts";
import { ApiError } from "../../errors.ts";
import { recordDelivery } from "../../platform-db/mails.ts";

/** Only the fields that are used; the provider sends more. */
const eventSchema = z.object({ event: z.string().min(1).max(64), "message-id": z.string().min(1).max(512).optional() });

export type DeliveryAnswer = { ok: true; skipped: true } | { ok: true; matched: boolean; event: string };

/** @throws ApiError `unauthorized` for a wrong secret, `invalid_payload`, `internal_error` */
export async function receiveDelivery(deps: Deps, input: { secret: string; body: unknown }): Promise<DeliveryAnswer> {
  if (!(await equalSecrets(input.secret, deps.config.brevoWebhookSecret))) {
    throw new ApiError("unauthorized", { errorCode: "invalid_claims" });
  }
  const parsed = eventSchema.safeParse(input.body);
  if (!parsed.success) throw new ApiError("invalid_payload");
  const { event, "message-id": messageId } = parsed.data;
  if (!isOurs(event)) return { ok: true, skipped: true };
  if (messageId === undefined) throw new ApiError("invalid_payload");
  const matched = await recordDelivery(deps.database, messageId, DELIVERY_EVENTS[event], new Date(deps.clock.now()));
  return { ok: true, matched, event };
}

function isOurs(event: string): event is keyof typeof DELIVERY_EVENTS {
  return Object.hasOwn(DELIVERY_EVENTS, event);
}
