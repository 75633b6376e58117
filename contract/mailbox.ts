/** The local inbox of development: the last mails, as ciphertext. In production the mail provider sends them instead. */

/** The oldest mails are deleted first. */
export const MAILBOX_MAX_MAILS = 100;

export type SealedMail = { id: string; receivedAt: number; sealed: string };

export interface MailboxObject {
  keep(mail: SealedMail): Promise<void>;
  /** Newest first. */
  list(): Promise<SealedMail[]>;
}
