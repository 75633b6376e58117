/** Sends mails. The adapters: `mail-brevo.ts` (production) and `mail-local.ts` (an inbox on this machine). */

export type Message = {
  to: string;
  subject: string;
  html: string;
  text: string;
  /** The kind of mail, for the provider's statistics. */
  tag: string;
};

/** The provider did not accept a mail. */
export class MailError extends Error {
  /** A later attempt may succeed. */
  readonly retryable: boolean;

  constructor(retryable: boolean, options?: { cause?: unknown }) {
    super("the mail provider did not take a mail", options);
    this.name = "MailError";
    this.retryable = retryable;
  }
}

export interface MailPort {
  /** @returns the provider's message id, which its webhook repeats @throws MailError */
  send(message: Message): Promise<{ messageId: string }>;
  /** @throws MailError when the provider does not answer */
  check(): Promise<void>;
}

export type ReceivedMail = Omit<Message, "tag"> & { id: string; received_at: string; kind: string };

/** The local inbox of development. */
export interface Mailbox {
  /** Newest first. */
  list(): Promise<ReceivedMail[]>;
}
