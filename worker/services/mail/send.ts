/**
 * Sends one mail of the ledger. Its link is minted here, at the moment of sending, and stands nowhere else: a retry mints another,
 * and the one before is worth nothing any more.
 */
import { MAGIC_LINK_LIFETIME_SECONDS } from "../../../contract/accounts.ts";
import { sha256 } from "../../crypto/hash.ts";
import { randomSecret } from "../../crypto/random-secret.ts";
import type { Deps } from "../../deps.ts";
import { claimMail, noAccountMail, reminderMail, signInMail } from "../../mails/contents.ts";
import { type MailContent, renderMail } from "../../mails/render.tsx";
import { keepLink } from "../../platform-db/links.ts";
import { findMailSubject, type Mail, recordAccepted, recordGivenUp } from "../../platform-db/mails.ts";
import { hasAccount } from "../../platform-db/sign-in.ts";
import { MailError } from "../../ports/mail.ts";
import { changeableSecret } from "../grants/changeable.ts";
import { TRIES_MAX } from "./retry.ts";

const HOUR_MS = 3_600_000;
/** Where every magic link leads, whatever it is for. */
export const LINK_PATH = "/auth/email/callback";

/** Does not throw for a provider that is away: the ledger knows, and the cron tries again. @throws DatabaseError */
export async function sendMail(deps: Deps, mail: Mail): Promise<void> {
  const content = await contentOf(deps, mail);
  // What it was about is claimed or gone meanwhile.
  if (content === null) return recordGivenUp(deps.database, mail.id);
  try {
    const { messageId } = await deps.mail.send({ to: mail.email, tag: mail.kind, ...renderMail(content) });
    await recordAccepted(deps.database, mail.id, messageId, new Date(deps.clock.now()));
  } catch (cause) {
    if (!(cause instanceof MailError)) throw cause;
    deps.log.warn("mail.not_accepted", { kind: mail.kind, attempt: mail.attempts, cause });
    if (!cause.retryable || mail.attempts >= TRIES_MAX) await recordGivenUp(deps.database, mail.id);
  }
}

async function contentOf(deps: Deps, mail: Mail): Promise<MailContent | null> {
  if (mail.kind === "sign_in") {
    const isKnown = await hasAccount(deps.database, mail.email);
    return isKnown ? signInMail(await mintLink(deps, mail)) : noAccountMail(deps.config.publicUrl);
  }
  if (mail.resource_id === null) return null;
  const now = new Date(deps.clock.now());
  const found = await findMailSubject(deps.database, mail.resource_id, now);
  if (found === null) return null;
  const { id, expires_at: expiresAt, ...resource } = found;
  const changed = mail.rotate ? await changeableSecret(deps, id) : null;
  if (mail.kind === "claim") return claimMail(resource, expiresAt, await mintLink(deps, mail), changed);
  // Nothing to be reminded of: a neighbour's claim has taken its end away meanwhile.
  if (expiresAt === null) return null;
  const hoursLeft = Math.round((expiresAt.getTime() - now.getTime()) / HOUR_MS);
  return reminderMail(resource, { expiresAt, hoursLeft }, await claimPage(deps, mail, id), changed);
}

async function mintLink(deps: Deps, { id: mailId, email }: Mail): Promise<string> {
  const token = randomSecret(deps.ids);
  const createdAt = new Date(deps.clock.now());
  const expiresAt = new Date(createdAt.getTime() + MAGIC_LINK_LIFETIME_SECONDS * 1000);
  await keepLink(deps.database, { tokenHash: await sha256(token), mailId, email, createdAt, expiresAt });
  return `${deps.config.publicUrl}${LINK_PATH}?t=${token}`;
}

/** A reminder is read hours later: it leads to the page that sends a fresh link, with what was asked for as it was. */
async function claimPage(deps: Deps, { fingerprint, rotate }: Mail, resourceId: string): Promise<string> {
  const token = await deps.tokens.issueClaim({ resourceId, fingerprint: fingerprint ?? "" });
  return `${deps.config.publicUrl}/claim?t=${token}${rotate ? "&rotate=yes" : ""}`;
}
