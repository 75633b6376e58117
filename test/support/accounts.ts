/** Accounts as tests make them: by claiming, with the link read from the local inbox. */
import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { z } from "zod";
import { SESSION_COOKIE } from "../../contract/accounts.ts";
import type { Created } from "./answers.ts";
import type { Api, Call } from "./api.ts";
import type { Answer } from "./http.ts";

const inboxSchema = z.object({
  items: z.array(z.object({ to: z.string(), subject: z.string(), text: z.string(), html: z.string(), kind: z.string() })),
});
export type InboxMail = z.infer<typeof inboxSchema>["items"][number];

/** An address nobody else has. */
export const freshEmail = (): string => `u${randomBytes(6).toString("hex")}@example.com`;

/** The mails to one address, newest first. */
export async function mailsTo(api: Api, email: string): Promise<InboxMail[]> {
  const { body } = await api.call("GET", "/dev/mailbox", { headers: { Accept: "application/json" } });
  return inboxSchema.parse(body).items.filter(({ to }) => to === email);
}

/** The token of the link in the newest mail to an address. */
export async function newestLink(api: Api, email: string): Promise<string> {
  const [mail] = await mailsTo(api, email);
  const [, token] = /\/auth\/email\/callback\?t=([A-Za-z0-9_-]{43})\b/.exec(mail?.text ?? "") ?? [];
  if (token === undefined) throw new Error(`no link in the newest mail to ${email}: ${mail?.text ?? "there is none"}`);
  return token;
}

/** Presses the button of the link's page. */
export function pressButton(api: Api, token: string, call: Call = {}): Promise<Answer> {
  const headers = { "Content-Type": "application/x-www-form-urlencoded", ...call.headers };
  return api.call("POST", "/auth/email/callback", { ...call, headers, body: `t=${token}` });
}

/** The session in an answer's cookie, as a JWT. */
export function sessionOf(answer: Answer): string {
  expect(answer.status, answer.text).toBe(303);
  const [, jwt] = new RegExp(`^${SESSION_COOKIE}=([^;]+);`).exec(answer.headers.get("set-cookie") ?? "") ?? [];
  if (jwt === undefined) throw new Error("no session cookie was set");
  return jwt;
}

export type Signed = { email: string; session: string; bearer: { Authorization: string }; cookie: { Cookie: string } };

function signed(email: string, session: string): Signed {
  return { email, session, bearer: { Authorization: `Bearer ${session}` }, cookie: { Cookie: `${SESSION_COOKIE}=${session}` } };
}

/** Claims a resource that was just made, to the very end. */
export async function claimIt(
  api: Api,
  created: Pick<Created, "upgrade_jwt">,
  { email = freshEmail(), ...call }: Call & { email?: string } = {},
): Promise<Signed> {
  const asked = await api.call("POST", "/claim", { ...call, body: { token: created.upgrade_jwt, email } });
  expect(asked.status, asked.text).toBe(200);
  return signed(email, sessionOf(await pressButton(api, await newestLink(api, email), call)));
}

/** A signed-in person with a team of his own, and the resource it began with. */
export async function newAccount(api: Api, call: Call & { name?: string } = {}): Promise<Signed & { created: Created }> {
  const created = await api.create(call);
  return { created, ...(await claimIt(api, created, call)) };
}

/** A key of this account. */
export async function newApiKey(
  api: Api,
  { bearer }: Signed,
  scopes: readonly string[],
): Promise<{ id: string; key: string; bearer: { Authorization: string } }> {
  const made = await api.call("POST", "/api/v1/auth/api-keys", { headers: bearer, body: { name: "test", scopes } });
  expect(made.status, made.text).toBe(201);
  const { id, key } = z.object({ id: z.uuid(), key: z.string() }).parse(made.body);
  return { id, key, bearer: { Authorization: `Bearer ${key}` } };
}
