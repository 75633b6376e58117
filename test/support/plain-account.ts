/** A team with a key, made as people make it: by claiming a resource with the link in the local inbox. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { SESSION_COOKIE } from "../../contract/accounts.ts";
import type { TeamTier } from "../../contract/plans.ts";
import { withConnection } from "../../dev/postgres/connect.ts";
import type { Stack } from "../../dev/stack.ts";
import { type Answer, type Sent, send } from "./http.ts";

export type Call = (method: string, path: string, sent?: Sent) => Promise<Answer>;

/** @throws Error with the answer, unless it has this status */
export async function expectStatus(status: number, answered: Promise<Answer>): Promise<Answer> {
  const answer = await answered;
  if (answer.status !== status) throw new Error(`answered ${answer.status} instead of ${status}: ${answer.text}`);
  return answer;
}

const found = (pattern: RegExp, text: string): string => pattern.exec(text)?.[1] ?? "";

/** @returns calls with its key */
export async function openAccount({ urls }: Pick<Stack, "urls">, tier: TeamTier): Promise<Call> {
  const email = `plain${randomBytes(6).toString("hex")}@example.com`;
  const anonymous: Call = (method, path, sent) => send(urls.api, method, path, sent);
  const made = await expectStatus(201, anonymous("POST", "/webhook/new", { body: { name: "test" } }));
  const { upgrade_jwt: token } = z.object({ upgrade_jwt: z.string() }).parse(made.body);
  await expectStatus(200, anonymous("POST", "/claim", { body: { token, email } }));
  const inbox = await anonymous("GET", "/dev/mailbox", { headers: { Accept: "application/json" } });
  const link = found(/\/auth\/email\/callback\?t=([\w-]{43})\b/, inbox.text);
  const pressed = anonymous("POST", "/auth/email/callback", {
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: `t=${link}`,
  });
  const session = found(new RegExp(`${SESSION_COOKIE}=([^;]+);`), (await expectStatus(303, pressed)).headers.get("set-cookie") ?? "");
  const withSession = { headers: { Authorization: `Bearer ${session}` }, body: { name: "test", scopes: ["read", "write", "admin"] } };
  const { body } = await expectStatus(201, anonymous("POST", "/api/v1/auth/api-keys", withSession));
  const { key } = z.object({ key: z.string() }).parse(body);
  // Payment has tests of its own.
  await withConnection(urls.platformPostgres, (client) => client.query("UPDATE teams SET tier = $1", [tier]));
  return (method, path, { headers, ...sent } = {}) =>
    anonymous(method, path, { ...sent, headers: { Authorization: `Bearer ${key}`, ...headers } });
}
