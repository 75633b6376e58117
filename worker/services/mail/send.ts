/**
 * Sends one mail of the ledger. The link is created when the mail is sent, and only its hash is stored. A retry creates a new link, which
 * replaces the previous one.
 */
import { MAGIC_LINK_LIFETIME_SECONDS } from "../../../contract/accounts.ts";
import { sha256 } from "../../crypto/hash.ts";
import { randomSecret } from "../../crypto/random-secret.ts";
import type { Deps } from "../../deps.ts";
import { claimMail, noAccountMail, reminderMail, signInMail } from "../../mails/contents.ts";
import { type MailContent, renderMail } from "../../mails/render.tsx";
import { keepLink } from "../../platform-db/links.ts";
import { type ClaimAbout, findMailSubject, type Mail, type ReminderAbout, recordAccepted, recordGivenUp } from "../../platform-db/mails.ts";
import { hasAccount } from "../../platform-db/sign-in.ts";
import { MailError } from "../../ports/mail.ts";
import { changeableSecret } from "../grants/changeable.ts";
import { TRIES_MAX } from "./retry.ts";

const HOUR_MS = 3_600_000;
/** The path of every magic link. */
export const LINK_PATH = "/auth/email/callback";

/** Does not throw when the provider fails: the ledger has the mail and the cron retries. @throws DatabaseError */
export async function sendMail(deps: Deps, mail: Mail): Promise<void> {
  const content = await contentOf(deps, mail);
  // The resource was claimed or dropped in the meantime.
  if (content === null) return recordGivenUp(deps.database, mail.id);
  try {
    const { messageId } = await deps.mail.send({ to: mail.email, tag: mail.about.kind, ...renderMail(content) });
    await recordAccepted(deps.database, mail.id, messageId, new Date(deps.clock.now()));
  } catch (cause) {
    if (!(cause instanceof MailError)) throw cause;
    deps.log.warn("mail.not_accepted", { kind: mail.about.kind, attempt: mail.attempts, cause });
    if (!cause.retryable || mail.attempts >= TRIES_MAX) await recordGivenUp(deps.database, mail.id);
  }
}

async function contentOf(deps: Deps, { about, ...mail }: Mail): Promise<MailContent | null> {
  switch (about.kind) {
    case "sign_in": {
      const isKnown = await hasAccount(deps.database, mail.email);
      return isKnown ? signInMail(await mintLink(deps, mail)) : noAccountMail(deps.config.publicUrl);
    }
    case "claim": {
      const found = await claimedSubject(deps, about);
      return found && claimMail(found.resource, found.expiresAt, await mintLink(deps, mail), found.changed);
    }
    case "claim_reminder": {
      const found = await claimedSubject(deps, about);
      // Another claim removed the expiry, so no reminder is needed.
      if (!found?.expiresAt) return null;
      const { resource, expiresAt, changed } = found;
      const hoursLeft = Math.round((expiresAt.getTime() - deps.clock.now()) / HOUR_MS);
      return reminderMail(resource, { expiresAt, hoursLeft }, await claimPage(deps, about), changed);
    }
  }
}

/** The resource of a claim and which of its secrets the claim changes. @returns null when it can no longer be claimed */
async function claimedSubject(deps: Deps, { resource_id, rotate }: ClaimAbout | ReminderAbout) {
  const found = await findMailSubject(deps.database, resource_id, new Date(deps.clock.now()));
  if (found === null) return null;
  const { id, expires_at: expiresAt, ...resource } = found;
  return { resource, expiresAt, changed: rotate ? await changeableSecret(deps, id) : null };
}

async function mintLink(deps: Deps, { id: mailId, email }: Pick<Mail, "id" | "email">): Promise<string> {
  const token = randomSecret(deps.ids);
  const createdAt = new Date(deps.clock.now());
  const expiresAt = new Date(createdAt.getTime() + MAGIC_LINK_LIFETIME_SECONDS * 1000);
  await keepLink(deps.database, { tokenHash: await sha256(token), mailId, email, createdAt, expiresAt });
  return `${deps.config.publicUrl}${LINK_PATH}?t=${token}`;
}

/** A reminder may be read hours later, so it links to the page that sends a new magic link, prefilled with the original options. */
async function claimPage(deps: Deps, { resource_id: resourceId, fingerprint, team_name, rotate }: ReminderAbout): Promise<string> {
  const query = new URLSearchParams({ t: await deps.tokens.issueClaim({ resourceId, fingerprint }) });
  if (rotate) query.set("rotate", "yes");
  if (team_name !== null) query.set("team_name", team_name);
  return `${deps.config.publicUrl}/claim?${query}`;
}
