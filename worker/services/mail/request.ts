/**
 * A request for a mail to an address. Exceeding the limit per address returns no error, so that the sender learns nothing about the
 * address. Exceeding the limit per sender returns 429.
 */
import { MAILS_PER_ADDRESS, MAILS_PER_SENDER } from "../../../contract/accounts.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { type NewMail, recordMail, takeMailSlot } from "../../platform-db/mails.ts";
import { FIRST_RETRY_MS } from "./retry.ts";
import { sendMail } from "./send.ts";

const HOUR_SECONDS = 3_600;

/** Writes the mail to the ledger and sends it immediately. @throws ApiError `rate_limited` for this sender, `lookup_failed` */
export async function requestMail(ctx: RequestContext, mail: Omit<NewMail, "id">): Promise<void> {
  const { deps, client } = ctx;
  const now = new Date(deps.clock.now());
  try {
    const fromHere = client.isLocal || (await takeMailSlot(deps.database, `from:${client.scope}`, MAILS_PER_SENDER, now));
    if (!fromHere) throw new ApiError("rate_limited", { retryAfterSeconds: HOUR_SECONDS });
    if (!(await takeMailSlot(deps.database, `to:${mail.email}`, MAILS_PER_ADDRESS, now))) {
      ctx.log.info("mail.absorbed", { kind: mail.about.kind });
      return;
    }
    const recorded = await recordMail(
      deps.database,
      { id: deps.ids.uuid(), ...mail },
      { now, retryAt: new Date(now.getTime() + FIRST_RETRY_MS) },
    );
    await sendMail(deps, recorded);
  } catch (cause) {
    throw cause instanceof ApiError ? cause : new ApiError("lookup_failed", { cause });
  }
}
