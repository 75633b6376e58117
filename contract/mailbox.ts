/** The local inbox of development: the last mails that were sent, as ciphertext. Production has none: there mails leave the house. */

/** Older ones make room. */
export const MAILBOX_MAX_MAILS = 100;

export type SealedMail = { id: string; receivedAt: number; sealed: string };

export interface MailboxObject {
  keep(mail: SealedMail): Promise<void>;
  /** Newest first. */
  list(): Promise<SealedMail[]>;
}
