/** Mail in development: an inbox on this machine. Mails are encrypted at rest because their links open accounts. */
import { z } from "zod";
import type { MailboxObject } from "../../contract/mailbox.ts";
import type { Clock } from "./clock.ts";
import type { NamespaceOf } from "./durable-objects.ts";
import type { Ids } from "./ids.ts";
import { type Mailbox, MailError, type MailPort } from "./mail.ts";

const MAILBOX_NAME = "mailbox";
const messageSchema = z.object({ to: z.string(), subject: z.string(), html: z.string(), text: z.string(), tag: z.string() });

/** `Sealer` of worker/crypto/seal.ts. */
interface MessageSealer {
  seal(plaintext: string, binding: string): Promise<string>;
  open(sealed: string, binding: string): Promise<string>;
}

type Parts = { namespace: NamespaceOf<MailboxObject>; sealer: MessageSealer; clock: Clock; ids: Ids };

export function createLocalMail({ namespace, sealer, clock, ids }: Parts): MailPort & Mailbox {
  const box = () => namespace.getByName(MAILBOX_NAME);
  const bindingOf = (id: string) => `mailbox:${id}`;
  return {
    async send(message) {
      const id = ids.uuid();
      try {
        await box().keep({ id, receivedAt: clock.now(), sealed: await sealer.seal(JSON.stringify(message), bindingOf(id)) });
      } catch (cause) {
        throw new MailError(true, { cause });
      }
      return { messageId: `<${id}@mailbox.local>` };
    },
    check: async () => undefined,
    async list() {
      return Promise.all(
        (await box().list()).map(async ({ id, receivedAt, sealed }) => {
          const { tag: kind, ...message } = messageSchema.parse(JSON.parse(await sealer.open(sealed, bindingOf(id))));
          return { id, received_at: new Date(receivedAt).toISOString(), kind, ...message };
        }),
      );
    },
  };
}
