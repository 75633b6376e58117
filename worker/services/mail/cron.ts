/** The cron's tasks for mails: unsent mails, due reminders, old rows. */
import { MAILS_PER_ADDRESS } from "../../../contract/accounts.ts";
import type { Deps } from "../../deps.ts";
import { type Mail, purgeMails, recordGivenUp, recordReminders, takeDueMails, takeMailSlot } from "../../platform-db/mails.ts";
import { purgeSignIns } from "../../platform-db/sign-in.ts";
import { TRIES_MAX } from "./retry.ts";
import { sendMail } from "./send.ts";

const BATCH = 50;
const HISTORY_MS = 30 * 86_400_000;
const OVER_FOR_MS = 86_400_000;
const PURGE_BATCH = 1_000;

/** @returns how many reminders were written; the next task sends them */
export async function remindClaims(deps: Deps): Promise<number> {
  return recordReminders(deps.database, new Date(deps.clock.now()), BATCH);
}

/** @returns how many mails were attempted */
export async function sendDueMails(deps: Deps): Promise<number> {
  const nowMs = deps.clock.now();
  const due = await takeDueMails(deps.database, new Date(nowMs), BATCH);
  const sent = await Promise.allSettled(due.map((mail) => sendDue(deps, mail)));
  for (const outcome of sent) if (outcome.status === "rejected") deps.log.warn("mail.failed", { cause: outcome.reason });
  return due.length;
}

/** A reminder is counted against its address here; other mails were counted when they were requested. */
async function sendDue(deps: Deps, mail: Mail): Promise<void> {
  const isNew = mail.about.kind === "claim_reminder" && mail.attempts === 1;
  const now = new Date(deps.clock.now());
  if (isNew && !(await takeMailSlot(deps.database, `to:${mail.email}`, MAILS_PER_ADDRESS, now)))
    return recordGivenUp(deps.database, mail.id);
  // A crash can leave the outcome of the last attempt unrecorded.
  if (mail.attempts > TRIES_MAX) return recordGivenUp(deps.database, mail.id);
  await sendMail(deps, mail);
}

export async function purgeMailHistory(deps: Deps): Promise<number> {
  const nowMs = deps.clock.now();
  const mails = await purgeMails(deps.database, { before: new Date(nowMs - HISTORY_MS), now: new Date(nowMs) }, PURGE_BATCH);
  return mails + (await purgeSignIns(deps.database, new Date(nowMs - OVER_FOR_MS), PURGE_BATCH));
}
