/** The ledger of mails: a row before each is sent, and what became of it. Source: the documentation, "Operational endpoints". */
import { z } from "zod";
import { MAIL_WINDOW_MS, type MailKind, mailKindSchema, REMINDER_HOURS } from "../../contract/accounts.ts";
import { resourceKindSchema } from "../../contract/kinds.ts";
import { type PlatformDatabase, sql } from "./database.ts";

const HOUR_MS = 3_600_000;

/** What a mail, and so the link in it, is about. */
export const mailAbout = {
  kind: mailKindSchema,
  email: z.string(),
  resource_id: z.string().nullable(),
  fingerprint: z.string().nullable(),
  team_name: z.string().nullable(),
  return_to: z.string().nullable(),
  rotate: z.boolean(),
};

const mailSchema = z.object({ id: z.string(), ...mailAbout, attempts: z.number() });
/** A mail that must go out; everything its text and its link are made from. */
export type Mail = z.infer<typeof mailSchema>;

export type NewMail = {
  id: string;
  kind: Exclude<MailKind, "claim_reminder">;
  email: string;
  resourceId: string | null;
  fingerprint: string | null;
  teamName: string | null;
  returnTo: string | null;
  /** Of a claim: its resource's password changes with it. */
  rotate: boolean;
};

/**
 * Counts one wish against a subject's hour, in one statement that two wishes at once cannot both pass.
 * @returns false beyond `limit` in the last hour; then nothing is counted
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

/** Writes a mail down before it is sent. Whoever writes it sends it: the cron only takes it up at `retryAt`. */
export async function recordMail(db: PlatformDatabase, mail: NewMail, { now, retryAt }: { now: Date; retryAt: Date }): Promise<Mail> {
  const rows = await db.query(sql`
    INSERT INTO forwarder_sent (id, kind, email, resource_id, fingerprint, team_name, return_to, rotate, classification, attempts, next_attempt_at, created_at)
    VALUES (${mail.id}, ${mail.kind}, ${mail.email}, ${mail.resourceId}, ${mail.fingerprint}, ${mail.teamName}, ${mail.returnTo}, ${mail.rotate}, 'queued', 1, ${retryAt}, ${now})
    RETURNING id, kind, email, resource_id, fingerprint, team_name, return_to, rotate, attempts`);
  return z.tuple([mailSchema]).parse(rows)[0];
}

/**
 * Writes down the reminders that are due: of a resource whose claim was asked for and not finished, to the address that asked last,
 * with what it asked for.
 * A threshold that was over when the claim was asked for is skipped; each reminder is written once.
 */
export async function recordReminders(db: PlatformDatabase, now: Date, limit: number): Promise<number> {
  const [first] = REMINDER_HOURS;
  const rows = await db.query(sql`
    INSERT INTO forwarder_sent (id, kind, email, resource_id, fingerprint, rotate, reminder_hours, classification, attempts, next_attempt_at, created_at)
    SELECT gen_random_uuid(), 'claim_reminder', asked.email, r.id, asked.fingerprint, asked.rotate, due.hours, 'queued', 0, ${now}, ${now}
    FROM resources r
    CROSS JOIN LATERAL (SELECT min(h) AS hours FROM unnest(${[...REMINDER_HOURS]}::int[]) AS h WHERE r.expires_at <= ${now}::timestamptz + h * interval '1 hour') AS due
    CROSS JOIN LATERAL (SELECT m.email, m.fingerprint, m.rotate, m.created_at FROM forwarder_sent m WHERE m.kind = 'claim' AND m.resource_id = r.id ORDER BY m.created_at DESC LIMIT 1) AS asked
    WHERE r.status = 'active' AND r.team_id IS NULL AND r.expires_at > ${now} AND r.expires_at <= ${new Date(now.getTime() + first * HOUR_MS)}
      AND asked.created_at < r.expires_at - due.hours * interval '1 hour'
    LIMIT ${limit}
    ON CONFLICT (resource_id, reminder_hours) WHERE kind = 'claim_reminder' DO NOTHING RETURNING 1`);
  return rows.length;
}

/** Takes mails nobody has sent yet; each is then left alone for 1, 2, 4, 8 minutes, the longer the oftener it was tried. */
export async function takeDueMails(db: PlatformDatabase, now: Date, limit: number): Promise<Mail[]> {
  const rows = await db.query(sql`
    UPDATE forwarder_sent SET attempts = attempts + 1, next_attempt_at = ${now}::timestamptz + interval '1 minute' * power(2, least(attempts, 10))
    WHERE id IN (SELECT id FROM forwarder_sent WHERE next_attempt_at <= ${now} ORDER BY next_attempt_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING id, kind, email, resource_id, fingerprint, team_name, return_to, rotate, attempts`);
  return z.array(mailSchema).parse(rows);
}

/** The relay took it. What its webhook said meanwhile stays. */
export async function recordAccepted(db: PlatformDatabase, id: string, messageId: string, now: Date): Promise<void> {
  await db.query(sql`
    UPDATE forwarder_sent SET provider_message_id = ${messageId}, sent_at = ${now}, next_attempt_at = NULL,
      classification = CASE classification WHEN 'queued' THEN 'accepted' ELSE classification END
    WHERE id = ${id}`);
}

/** Nobody tries again. */
export async function recordGivenUp(db: PlatformDatabase, id: string): Promise<void> {
  await db.query(
    sql`UPDATE forwarder_sent SET classification = 'failed', next_attempt_at = NULL WHERE id = ${id} AND classification = 'queued'`,
  );
}

/** Overwrites what is known of a mail with what the relay says now. @returns false for a message id that is none of ours */
export async function recordDelivery(db: PlatformDatabase, messageId: string, classification: string, now: Date): Promise<boolean> {
  const rows = await db.query(sql`
    UPDATE forwarder_sent SET classification = ${classification}, delivered_at = CASE ${classification} WHEN 'delivered' THEN ${now}::timestamptz ELSE delivered_at END
    WHERE provider_message_id = ${messageId} RETURNING 1`);
  return rows.length > 0;
}

/** Forgets mails, with their links, older than `before`, and hours nobody looks at any more. */
export async function purgeMails(db: PlatformDatabase, { before, now }: { before: Date; now: Date }, limit: number): Promise<number> {
  const rows = await db.query(sql`
    WITH hours AS (DELETE FROM mail_limits WHERE last_at < ${new Date(now.getTime() - MAIL_WINDOW_MS)})
    DELETE FROM forwarder_sent WHERE id IN (SELECT id FROM forwarder_sent WHERE created_at < ${before} LIMIT ${limit}) RETURNING 1`);
  return rows.length;
}

const aboutSchema = z.object({ id: z.string(), name: z.string(), kind: resourceKindSchema, expires_at: z.coerce.date().nullable() });
/** The resource a mail is about: anonymous, or with a team that only got it along with its own; then it has no end. */
export type MailSubject = z.infer<typeof aboutSchema>;

/** @returns null when there is nothing to claim any more */
export async function findMailSubject(db: PlatformDatabase, resourceId: string, now: Date): Promise<MailSubject | null> {
  const rows = await db.query(sql`
    SELECT id, name, kind, expires_at FROM resources
    WHERE id = ${resourceId} AND status = 'active' AND (team_id IS NULL OR attached_provisionally) AND (expires_at IS NULL OR expires_at > ${now})`);
  return z.array(aboutSchema).parse(rows)[0] ?? null;
}
