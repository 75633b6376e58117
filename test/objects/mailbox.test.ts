/** Guarantee: the local inbox keeps the newest mails, each once, and no more than it may. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { MAILBOX_MAX_MAILS } from "../../contract/mailbox.ts";
import type { DevMailbox } from "../../durable-objects/dev-mailbox.ts";

const namespace = (env as unknown as { MAILBOX: DurableObjectNamespace<DevMailbox> }).MAILBOX;
const mail = (id: number) => ({ id: String(id), receivedAt: id, sealed: `sealed ${id}` });

it("keeps n-1 and n mails, and lets the oldest go for n+1", async () => {
  const box = namespace.getByName("mailbox");
  for (let id = 1; id < MAILBOX_MAX_MAILS; id += 1) await box.keep(mail(id));
  await box.keep(mail(1));
  expect(await box.list()).toHaveLength(MAILBOX_MAX_MAILS - 1);
  await box.keep(mail(MAILBOX_MAX_MAILS));
  await box.keep(mail(MAILBOX_MAX_MAILS + 1));
  const kept = await box.list();
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([MAILBOX_MAX_MAILS, mail(MAILBOX_MAX_MAILS + 1), mail(2)]);
});
