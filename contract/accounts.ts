/** Accounts: scopes, lifetimes and bounds of sessions, API keys and mail links. */
import { z } from "zod";

/** What an API key may do; each one includes those before it. */
export const SCOPES = ["read", "write", "admin"] as const;
export const scopeSchema = z.enum(SCOPES);
export type Scope = z.infer<typeof scopeSchema>;

/** What a member may do in a team; each role includes those before it. worker/access.ts says what each may do. */
export const ROLES = ["viewer", "developer", "admin", "owner"] as const;
export const roleSchema = z.enum(ROLES);
export type Role = z.infer<typeof roleSchema>;

export const MAGIC_LINK_LIFETIME_SECONDS = 15 * 60;
/** How many links of one address work at a time: the newest. `magic_link_state` in migration 0003 holds the same number. */
export const LIVE_LINKS_MAX = 3;
export const MAIL_WINDOW_MS = 3_600_000;
export const MAILS_PER_ADDRESS = 5;
/** Counts the requests of one sender, to any address. */
export const MAILS_PER_SENDER = 20;
/** How long before the end of a resource whose claim is pending a reminder goes out. */
export const REMINDER_HOURS = [12, 6, 1] as const;

export const SESSION_LIFETIME_SECONDS = 24 * 3600;
/** The prefix makes browsers require Secure, Path=/ and the exact host. They also accept it from loopback addresses without TLS. */
export const SESSION_COOKIE = "__Host-instanode_session";

export const API_KEY_PREFIX = "ink_";
export const API_KEY_NAME_MAX_CHARACTERS = 120;
/** Keys of one team that are not revoked. */
export const API_KEYS_MAX = 100;

export const CLI_LOGIN_LIFETIME_SECONDS = 600;

export const TEAM_NAME_MAX_CHARACTERS = 200;
/** RFC 5321, 4.5.3.1.3. */
const EMAIL_MAX_CHARACTERS = 254;

/** An address as it is stored and compared: in lower case, without surrounding white space. */
export const emailSchema = z.string().trim().toLowerCase().max(EMAIL_MAX_CHARACTERS).pipe(z.email());
export const teamNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(TEAM_NAME_MAX_CHARACTERS)
  // A control character could split one line of a mail or of a CSV file into two.
  .regex(/^[^\p{Cc}\p{Cs}]+$/u);
export const apiKeyNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(API_KEY_NAME_MAX_CHARACTERS)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u);

/** "m***@example.com": its owner recognizes it, others cannot reconstruct it. */
export function maskedEmail(email: string): string {
  return email.replace(/^(.).*(?=@)/, "$1***");
}

/** The kinds of mail, and the last state the relay reported. */
export const MAIL_KINDS = ["claim", "sign_in", "claim_reminder"] as const;
export const mailKindSchema = z.enum(MAIL_KINDS);
export type MailKind = z.infer<typeof mailKindSchema>;

/** Brevo's events and their names in the mail ledger. Other events are ignored. */
export const DELIVERY_EVENTS = {
  delivered: "delivered",
  hard_bounce: "bounced_hard",
  soft_bounce: "bounced_soft",
  blocked: "rejected",
  complaint: "complaint",
  spam: "complaint",
  deferred: "deferred",
  unsubscribed: "unsubscribed",
  error: "error",
} as const;
