/** The local inbox of development, one object: keeps the last mails through restarts, sealed by the Worker that put them in. */
import { DurableObject } from "cloudflare:workers";
import { MAILBOX_MAX_MAILS, type MailboxObject, type SealedMail } from "../contract/mailbox.ts";
import { createTable, keepMail, listMails } from "./mailbox/mails.ts";

export class DevMailbox extends DurableObject<unknown> implements MailboxObject {
  async keep(mail: SealedMail): Promise<void> {
    createTable(this.ctx.storage.sql);
    keepMail(this.ctx.storage.sql, mail, MAILBOX_MAX_MAILS);
  }

  async list(): Promise<SealedMail[]> {
    createTable(this.ctx.storage.sql);
    return listMails(this.ctx.storage.sql);
  }
}
