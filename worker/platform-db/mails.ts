/** The mail ledger: one row per mail, written before the mail is sent, with what became of it. */
import { z } from "zod";
import { MAIL_WINDOW_MS, REMINDER_HOURS } from "../../contract/accounts.ts";
import { resourceKindSchema } from "../../contract/kinds.ts";
import { type PlatformDatabase, sql } from "./database.ts";

const HOUR_MS = 3_600_000;

/** What a claim asked for. `rotate`: the password of its resource changes with the claim. */
const claimFields = { resource_id: z.uuid(), fingerprint: z.string(), team_name: z.string().nullable(), rotate: z.boolean() };
const claimSchema = z.object({ kind: z.literal("claim"), ...claimFields });
const signInSchema = z.object({ kind: z.literal("sign_in"), return_to: z.string().nullable() });
/** `hours`: how long before the end of the resource it was due. */
const claimReminderSchema = z.object({ kind: z.literal("claim_reminder"), ...claimFields, hours: z.number() });

/** What a mail, and the link in it, is about. Stored as the column `about`; a new kind of mail needs no column. */
export const mailAboutSchema = z.discriminatedUnion("kind", [claimSchema, signInSchema, claimReminderSchema]);
export type MailAbout = z.infer<typeof mailAboutSchema>;
export type ClaimAbout = z.infer<typeof claimSchema>;
export type ReminderAbout = z.infer<typeof claimReminderSchema>;

const mailSchema = z.object({ id: z.string(), email: z.string(), about: mailAboutSchema, attempts: z.number() });
/** A mail to be sent: its text and its link are made from this alone. */
export type Mail = z.infer<typeof mailSchema>;

/** A reminder is written by `recordReminders` only. */
export type NewMail = { id: string; email: string; about: Exclude<MailAbout, ReminderAbout> };

/**
 * Counts one mail against the last hour of a subject, in one statement: of two concurrent ones for the last slot, one gets it.
 * @returns false when the last hour has `limit` already; then nothing is counted
 */
export async function takeMailSlot(db: PlatformDatabase, subject: string, limit: number, now: Date): Promise<boolean> {
  const since = new Date(now.getTime() - MAIL_WINDOW_MS);
  const rows = await db.query(sql`
    INSERT INTO mail_limits AS known (subject, recent, last_at) VALUES (${subject}, ARRAY[${now}::timestamptz], ${now})
    ON CONFLICT (subject) DO UPDATE SET last_at = excluded.last_at,
      recent = ARRAY(SELECT moment FROM unnest(known.recent) AS moment WHERE moment > ${since}) || excluded.recent
    WHERE (SELECT count(*) FROM unnest(known.recent) AS moment WHERE moment > ${since}) < ${limit}::int
    RETURNING 1`);
  return rows.length > 0;
}

/** Writes a mail before it is sent. The request that writes it sends it; the cron takes it from `retryAt` on. */
export async function recordMail(db: PlatformDatabase, mail: NewMail, { now, retryAt }: { now: Date; retryAt: Date }): Promise<Mail> {
  const rows = await db.query(sql`
    INSERT INTO forwarder_sent (id, email, about, classification, attempts, next_attempt_at, created_at)
    VALUES (${mail.id}, ${mail.email}, ${JSON.stringify(mail.about)}::jsonb, 'queued', 1, ${retryAt}, ${now})
    RETURNING id, email, about, attempts`);
  return z.tuple([mailSchema]).parse(rows)[0];
}

/**
 * Writes the reminders that are due: for a resource with an unfinished claim, to the address of the latest request, with everything that
 * request asked for. A reminder that was already due when the claim was asked for is skipped. Each reminder is written once.
 */
export async function recordReminders(db: PlatformDatabase, now: Date, limit: number): Promise<number> {
  const [first] = REMINDER_HOURS;
  // No conflict target: the version before this one has a unique index of its own (migration 0008).
  const rows = await db.query(sql`
    INSERT INTO forwarder_sent (id, email, about, classification, attempts, next_attempt_at, created_at)
    SELECT gen_random_uuid(), asked.email, asked.about || jsonb_build_object('kind', 'claim_reminder', 'hours', due.hours), 'queued', 0, ${now}, ${now}
    FROM resources r
    CROSS JOIN LATERAL (SELECT min(h) AS hours FROM unnest(${[...REMINDER_HOURS]}::int[]) AS h WHERE r.expires_at <= ${now}::timestamptz + h * interval '1 hour') AS due
    CROSS JOIN LATERAL (
      SELECT m.email, m.about, m.created_at FROM forwarder_sent m
      WHERE m.about ->> 'kind' = 'claim' AND m.about ->> 'resource_id' = r.id::text ORDER BY m.created_at DESC LIMIT 1
    ) AS asked
    WHERE r.status = 'active' AND r.team_id IS NULL AND r.expires_at > ${now} AND r.expires_at <= ${new Date(now.getTime() + first * HOUR_MS)}
      AND asked.created_at < r.expires_at - due.hours * interval '1 hour'
    LIMIT ${limit}
    ON CONFLICT DO NOTHING RETURNING 1`);
  return rows.length;
}

/** Takes unsent mails. Each is taken again after 1, 2, 4, 8 minutes: the delay doubles with every attempt. */
export async function takeDueMails(db: PlatformDatabase, now: Date, limit: number): Promise<Mail[]> {
  const rows = await db.query(sql`
    UPDATE forwarder_sent SET attempts = attempts + 1, next_attempt_at = ${now}::timestamptz + interval '1 minute' * power(2, least(attempts, 10))
    WHERE id IN (SELECT id FROM forwarder_sent WHERE next_attempt_at <= ${now} ORDER BY next_attempt_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING id, email, about, attempts`);
  return z.array(mailSchema).parse(rows);
}

/** The relay accepted the mail. A classification that its webhook has already reported stays. */
export async function recordAccepted(db: PlatformDatabase, id: string, messageId: string, now: Date): Promise<void> {
  await db.query(sql`
    UPDATE forwarder_sent SET provider_message_id = ${messageId}, sent_at = ${now}, next_attempt_at = NULL,
      classification = CASE classification WHEN 'queued' THEN 'accepted' ELSE classification END
    WHERE id = ${id}`);
}

/** Gives a mail up: it is not tried again. */
export async function recordGivenUp(db: PlatformDatabase, id: string): Promise<void> {
  await db.query(
    sql`UPDATE forwarder_sent SET classification = 'failed', next_attempt_at = NULL WHERE id = ${id} AND classification = 'queued'`,
  );
}

/** Stores what the relay reports about a mail. @returns false for an unknown message id */
export async function recordDelivery(db: PlatformDatabase, messageId: string, classification: string, now: Date): Promise<boolean> {
  const rows = await db.query(sql`
    UPDATE forwarder_sent SET classification = ${classification}, delivered_at = CASE ${classification} WHEN 'delivered' THEN ${now}::timestamptz ELSE delivered_at END
    WHERE provider_message_id = ${messageId} RETURNING 1`);
  return rows.length > 0;
}

/** Deletes mails older than `before`, with their links, and mail limits of hours that are over. */
export async function purgeMails(db: PlatformDatabase, { before, now }: { before: Date; now: Date }, limit: number): Promise<number> {
  const rows = await db.query(sql`
    WITH hours AS (DELETE FROM mail_limits WHERE last_at < ${new Date(now.getTime() - MAIL_WINDOW_MS)})
    DELETE FROM forwarder_sent WHERE id IN (SELECT id FROM forwarder_sent WHERE created_at < ${before} LIMIT ${limit}) RETURNING 1`);
  return rows.length;
}

const subjectSchema = z.object({ id: z.string(), name: z.string(), kind: resourceKindSchema, expires_at: z.coerce.date().nullable() });
/** The resource a mail is about. It is anonymous, or a team has it provisionally; then it does not expire. */
export type MailSubject = z.infer<typeof subjectSchema>;

/** @returns null when the resource can no longer be claimed */
export async function findMailSubject(db: PlatformDatabase, resourceId: string, now: Date): Promise<MailSubject | null> {
  const rows = await db.query(sql`
    SELECT id, name, kind, expires_at FROM resources r WHERE id = ${resourceId} AND claim_state(r, ${now}) = 'free'`);
  return z.array(subjectSchema).parse(rows)[0] ?? null;
}
