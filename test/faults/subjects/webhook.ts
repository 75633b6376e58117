/** A webhook inbox: no engine, an object of the Worker's own. */
import { z } from "zod";
import { type Credentials, type KindSubject, textOf } from "./subject.ts";

const TIMEOUT_MS = 5_000;
const receivedSchema = z.object({ ok: z.literal(true), id: z.string() });

const GONE = [404, 410];

const post = (credentials: Credentials): Promise<Response> =>
  fetch(textOf(credentials, "receive_url"), { method: "POST", body: "proof", signal: AbortSignal.timeout(TIMEOUT_MS) });

export const webhookKind: KindSubject = {
  kind: "webhook",
  isGone: async (credentials) => GONE.includes((await post(credentials)).status),
  async use(credentials) {
    const response = await post(credentials);
    receivedSchema.parse(await response.json());
  },
};
