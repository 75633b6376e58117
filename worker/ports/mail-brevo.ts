/** Brevo's transactional mail API (POST /v3/smtp/email). */
import { z } from "zod";
import { MailError, type MailPort } from "./mail.ts";

const API = "https://api.brevo.com/v3";
/** Short, because a request waits for it and the cron retries. */
const TIMEOUT_MS = 5_000;
const BAD_REQUEST = 400;

const acceptedSchema = z.object({ messageId: z.string().min(1) });

type Options = { apiKey: string; sender: { name: string; email: string }; fetch?: typeof fetch };

export function createBrevoMail({ apiKey, sender, fetch: given }: Options): MailPort {
  // A bare `fetch` in an object would be called with that object as `this`, which workerd refuses.
  const send: typeof fetch = given ?? ((input, init) => fetch(input, init));

  async function ask(path: string, init: RequestInit): Promise<Response> {
    const headers = { "api-key": apiKey, accept: "application/json", "content-type": "application/json" };
    const response = await send(API + path, { ...init, headers, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((cause: unknown) => {
      throw new MailError(true, { cause });
    });
    if (response.ok) return response;
    await response.body?.cancel();
    // A bad request stays bad. A refused key, an exhausted account or a busy server can recover, so those are retried.
    throw new MailError(response.status !== BAD_REQUEST);
  }

  return {
    async send({ to, subject, html, text, tag }) {
      const body = JSON.stringify({ sender, to: [{ email: to }], subject, htmlContent: html, textContent: text, tags: [tag] });
      const response = await ask("/smtp/email", { method: "POST", body });
      const accepted = acceptedSchema.safeParse(await response.json().catch(() => null));
      if (!accepted.success) throw new MailError(true, { cause: accepted.error });
      return accepted.data;
    },
    async check() {
      await (await ask("/account", { method: "GET" })).body?.cancel();
    },
  };
}
