/** Another site can make our user's browser write nothing: every route is asked, as they are listed, so a new one is asked as well. */
import { describe, expect, it } from "vitest";
import { SESSION_COOKIE } from "../../../contract/accounts.ts";
import { ERRORS } from "../../../contract/errors.ts";
import { ACCESS } from "../../../worker/access.ts";
import { ENDPOINTS } from "../../../worker/routes/endpoints.ts";
import { startApp } from "./support/ask.ts";

const ID = "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d";
const FORM = "application/x-www-form-urlencoded";
const app = await startApp();
const { publicUrl } = app.deps.config;
const session = await app.deps.tokens.issueSession({ userId: app.database.account.user_id, jti: crypto.randomUUID() });
const COOKIE = { Cookie: `${SESSION_COOKIE}=${session}` };
const FOREIGN: Record<string, string>[] = [
  { Origin: "https://evil.example" },
  { Origin: "null" },
  { Origin: `${publicUrl}.evil.example` },
  { Origin: publicUrl.replace("https:", "http:") },
  { "Sec-Fetch-Site": "cross-site" },
  { "Sec-Fetch-Site": "same-site" },
  // A page of ours never says both.
  { Origin: publicUrl, "Sec-Fetch-Site": "cross-site" },
];
const OWN: Record<string, string>[] = [
  {},
  { Origin: publicUrl },
  { Origin: publicUrl, "Sec-Fetch-Site": "same-origin" },
  { "Sec-Fetch-Site": "none" },
];

const writes = ENDPOINTS.filter(({ route }) => route.method !== "get");
/** A session is looked at, or a person's form opens one. */
const guarded = writes.filter(({ access, answers }) => answers === "page" || ACCESS[access].reads !== "never");

type Write = (typeof writes)[number];
const named = (list: readonly Write[]) => list.map((write) => [`${write.route.method.toUpperCase()} ${write.route.path}`, write] as const);

async function isRefused({ route, answers }: Write, headers: Record<string, string>): Promise<boolean> {
  const response = await app.ask(route.path.replaceAll(/\{\w+\}/g, ID), {
    method: route.method.toUpperCase(),
    headers: { ...COOKIE, ...headers, ...(answers === "page" ? { "Content-Type": FORM } : {}) },
    ...(route.method === "delete" ? {} : { body: answers === "page" ? "t=x&token=x&email=a@example.com" : '{"name":"x"}' }),
  });
  const text = await response.text();
  const { message } = ERRORS.foreign_origin;
  return response.status === 403 && text.includes(message());
}

it("guards at least the writes there are today", () => {
  expect(guarded.length).toBeGreaterThan(15);
  expect(named(guarded).map(([name]) => name)).toContain("POST /auth/email/callback");
});

describe.each(named(guarded))("%s", (_name, write) => {
  it.each(FOREIGN)("refuses %j", async (headers) => {
    expect(await isRefused(write, headers)).toBe(true);
  });

  it.each(OWN)("lets %j in", async (headers) => {
    expect(await isRefused(write, headers)).toBe(false);
  });
});

it("leaves out only what looks at no credential at all, and answers no form", () => {
  const others = writes.filter((write) => !guarded.includes(write));
  expect(new Set(others.map(({ access }) => access))).toEqual(new Set(["open"]));
});
