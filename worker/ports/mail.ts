/** How mails leave the house. The adapters: `mail-brevo.ts` (production) and `mail-local.ts` (an inbox on this machine). */

export type Message = {
  to: string;
  subject: string;
  html: string;
  text: string;
  /** What sort of mail it is, for the provider's own statistics. */
  tag: string;
};

/** A mail the provider did not take. */
export class MailError extends Error {
  /** The same mail may be taken later. */
  readonly retryable: boolean;

  constructor(retryable: boolean, options?: { cause?: unknown }) {
    super("the mail provider did not take a mail", options);
    this.name = "MailError";
    this.retryable = retryable;
  }
}

export interface MailPort {
  /** @returns the provider's id of the message, by which its webhook names it @throws MailError */
  send(message: Message): Promise<{ messageId: string }>;
  /** @throws MailError when the provider does not answer */
  check(): Promise<void>;
}

export type ReceivedMail = Omit<Message, "tag"> & { id: string; received_at: string; kind: string };

/** The local inbox; null where mails really leave. */
export interface Mailbox {
  /** Newest first. */
  list(): Promise<ReceivedMail[]>;
}
