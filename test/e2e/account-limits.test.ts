/** Every bound on mails, links, logins and the fields of accounts, at the last that is taken and the first that is not. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  API_KEY_NAME_MAX_CHARACTERS,
  CLI_LOGIN_LIFETIME_SECONDS,
  LIVE_LINKS_MAX,
  MAIL_WINDOW_MS,
  MAILS_PER_ADDRESS,
  MAILS_PER_SENDER,
  SESSION_LIFETIME_SECONDS,
  TEAM_NAME_MAX_CHARACTERS,
} from "../../contract/accounts.ts";
import { takeMailSlot } from "../../worker/platform-db/mails.ts";
import { createNeonDatabase } from "../../worker/platform-db/neon.ts";
import { claimIt, freshEmail, mailsTo, newAccount, newestLink, pressButton } from "../support/accounts.ts";
import { expectError } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

const db = createNeonDatabase(stack.platformUrl, stack.sqlUrl);
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const startSignIn = (email: string, caller = freshCaller()) => api.call("POST", "/auth/email/start", { caller, body: { email } });

describe("mails to one address", () => {
  it(`are ${MAILS_PER_ADDRESS} an hour, sign-ins and claims together, whoever asks: the next is absorbed with the same answer`, async () => {
    const email = freshEmail();
    for (let mail = 1; mail < MAILS_PER_ADDRESS; mail += 1) await startSignIn(email);
    expect(await mailsTo(api, email)).toHaveLength(MAILS_PER_ADDRESS - 1);
    const created = await api.create({ caller: freshCaller() });
    const claim = () => api.call("POST", "/claim", { caller: freshCaller(), body: { token: created.upgrade_jwt, email } });
    const last = await claim();
    expect(await mailsTo(api, email)).toHaveLength(MAILS_PER_ADDRESS);
    const absorbed = await claim();
    expect([absorbed.status, absorbed.body]).toEqual([last.status, last.body]);
    expect(await mailsTo(api, email)).toHaveLength(MAILS_PER_ADDRESS);
    // Neither case nor white space makes another address of it.
    await startSignIn(` ${email.toUpperCase()} `);
    expect(await mailsTo(api, email)).toHaveLength(MAILS_PER_ADDRESS);
  });

  it("are not one more for ten wishes at once", async () => {
    const email = freshEmail();
    const answers = await Promise.all(Array.from({ length: 10 }, () => startSignIn(email)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await mailsTo(api, email)).toHaveLength(MAILS_PER_ADDRESS);
  });

  it("come again an hour after the first of them, to the millisecond", async () => {
    const subject = `to:${freshEmail()}`;
    const begin = Date.now();
    const take = (afterMs: number) => takeMailSlot(db, subject, MAILS_PER_ADDRESS, new Date(begin + afterMs));
    for (let mail = 0; mail < MAILS_PER_ADDRESS; mail += 1) expect(await take(mail * 1000)).toBe(true);
    expect(await take(MAIL_WINDOW_MS - 1)).toBe(false);
    expect(await take(MAIL_WINDOW_MS)).toBe(true);
    expect(await take(MAIL_WINDOW_MS)).toBe(false);
    expect(await take(MAIL_WINDOW_MS + 1000)).toBe(true);
  });
});

describe("one sender's wishes", () => {
  it(`are ${MAILS_PER_SENDER} an hour over all addresses, refused aloud beyond; another sender's are not`, async () => {
    const caller = freshCaller();
    const statuses: number[] = [];
    for (let wish = 1; wish <= MAILS_PER_SENDER; wish += 1) statuses.push((await startSignIn(freshEmail(), caller)).status);
    expect(new Set(statuses)).toEqual(new Set([202]));
    const refused = expectError(await startSignIn(freshEmail(), caller), "rate_limited", { retryAfter: MAIL_WINDOW_MS / 1000 });
    expect(refused.retry_after_seconds).toBe(3_600);
    const created = await api.create({ caller });
    const claim = await api.call("POST", "/claim", { caller, body: { token: created.upgrade_jwt, email: freshEmail() } });
    expectError(claim, "rate_limited", { retryAfter: 3_600 });
    expect((await startSignIn(freshEmail())).status).toBe(202);
  });

  it("are not one more for thirty at once", async () => {
    const caller = freshCaller();
    const answers = await Promise.all(Array.from({ length: MAILS_PER_SENDER + 10 }, () => startSignIn(freshEmail(), caller)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(MAILS_PER_SENDER);
  });
});

it(`of an address the newest ${LIVE_LINKS_MAX} links work, of claims and sign-ins together`, async () => {
  const { email } = await newAccount(api);
  const links: string[] = [];
  for (let link = 1; link < LIVE_LINKS_MAX; link += 1) {
    await startSignIn(email);
    links.push(await newestLink(api, email));
  }
  const caller = freshCaller();
  const created = await api.create({ caller });
  await api.call("POST", "/claim", { caller, body: { token: created.upgrade_jwt, email } });
  links.push(await newestLink(api, email));
  const states = () => Promise.all(links.map(async (link) => (await api.call("GET", `/auth/email/callback?t=${link}`)).status));
  expect(await states()).toEqual(links.map(() => 200));
  await startSignIn(email);
  expect(await states()).toEqual([410, ...links.slice(1).map(() => 200)]);
  expect((await pressButton(api, links[0] ?? "")).status).toBe(410);
});

describe("lifetimes", () => {
  it(`a session is over after ${SESSION_LIFETIME_SECONDS} s by its row, too`, async () => {
    const { bearer, email } = await newAccount(api);
    const [row] = await query(
      stack.platformUrl,
      "SELECT extract(epoch FROM expires_at - created_at)::int AS lasts FROM sessions WHERE user_id = (SELECT id FROM users WHERE email = $1)",
      [email],
    );
    expect(row).toEqual({ lasts: SESSION_LIFETIME_SECONDS });
    const leave = (seconds: number) =>
      query(
        stack.platformUrl,
        "UPDATE sessions SET expires_at = now() + make_interval(secs => $2) WHERE user_id = (SELECT id FROM users WHERE email = $1)",
        [email, seconds],
      );
    const whoami = () => api.call("GET", "/api/v1/whoami", { headers: bearer });
    await leave(30);
    expect((await whoami()).status).toBe(200);
    await leave(0);
    expect(expectError(await whoami(), "unauthorized").error_code).toBe("revoked_session");
  });

  it(`a CLI login is over after ${CLI_LOGIN_LIFETIME_SECONDS} s: nobody can say yes to it, and an approved one gives no key`, async () => {
    const { bearer: headers } = await newAccount(api);
    const begun = async () =>
      z
        .object({ session_id: z.uuid(), poll_secret: z.string(), expires_in: z.literal(CLI_LOGIN_LIFETIME_SECONDS) })
        .parse((await api.call("POST", "/auth/cli")).body);
    const [waiting, approved] = [await begun(), await begun()];
    const complete = (id: string) => api.call("POST", `/auth/cli/${id}/complete`, { headers });
    const poll = ({ session_id, poll_secret }: typeof waiting) =>
      api.call("GET", `/auth/cli/${session_id}`, { headers: { "X-Poll-Secret": poll_secret } });
    expect((await complete(approved.session_id)).status).toBe(200);
    const leave = (seconds: number) =>
      query(stack.platformUrl, "UPDATE cli_logins SET expires_at = now() + make_interval(secs => $2) WHERE id = ANY($1)", [
        [waiting.session_id, approved.session_id],
        seconds,
      ]);
    await leave(30);
    expect((await poll(waiting)).status).toBe(202);
    await leave(0);
    expectError(await poll(waiting), "session_not_found");
    expectError(await complete(waiting.session_id), "session_not_found");
    expectError(await poll(approved), "session_not_found");
    await leave(30);
    expect((await poll(approved)).status).toBe(200);
  });
});

describe("fields", () => {
  it(`a key's name has ${API_KEY_NAME_MAX_CHARACTERS} characters at most`, async () => {
    const { bearer: headers } = await newAccount(api);
    const make = (length: number) => api.call("POST", "/api/v1/auth/api-keys", { headers, body: { name: "x".repeat(length) } });
    for (const length of [1, API_KEY_NAME_MAX_CHARACTERS - 1, API_KEY_NAME_MAX_CHARACTERS]) expect((await make(length)).status).toBe(201);
    expectError(await make(API_KEY_NAME_MAX_CHARACTERS + 1), "invalid_key_name");
    expectError(await make(0), "missing_name");
  });

  it(`a team's name has ${TEAM_NAME_MAX_CHARACTERS} at most`, async () => {
    const created = await api.create();
    const claim = (length: number) =>
      api.call("POST", "/claim", { body: { token: created.upgrade_jwt, email: freshEmail(), team_name: "x".repeat(length) } });
    for (const length of [1, TEAM_NAME_MAX_CHARACTERS - 1, TEAM_NAME_MAX_CHARACTERS]) expect((await claim(length)).status).toBe(200);
    expectError(await claim(TEAM_NAME_MAX_CHARACTERS + 1), "invalid_team_name");
  });

  it("an address has 254 (RFC 5321)", async () => {
    const label = "d".repeat(63);
    const domain = `${label}.${label}.${label}.com`;
    const ofLength = (length: number) => `${"a".repeat(length - domain.length - 1)}@${domain}`;
    for (const length of [253, 254]) expect((await startSignIn(ofLength(length))).status).toBe(202);
    expectError(await startSignIn(ofLength(255)), "invalid_email_format");
  });

  it("a form has 16 KiB", async () => {
    const post = (bytes: number) => {
      const start = "t=";
      return api.call("POST", "/auth/email/callback", { headers: FORM, body: start + "x".repeat(bytes - start.length) });
    };
    for (const bytes of [16 * 1024 - 1, 16 * 1024]) expect((await post(bytes)).status).toBe(400);
    expect((await post(16 * 1024 + 1)).status).toBe(413);
  });
});

it("a link is worth nothing for another's claim, whatever is posted beside it", async () => {
  const account = await newAccount(api, { caller: freshCaller() });
  const [mine, theirs] = [await api.create({ caller: freshCaller() }), await api.create({ caller: freshCaller() })];
  await claimIt(api, mine, { email: account.email });
  const [row] = await query(stack.platformUrl, "SELECT team_id FROM resources WHERE id = $1", [theirs.id]);
  expect(row).toEqual({ team_id: null });
  await startSignIn(account.email);
  const body = `t=${await newestLink(api, account.email)}&resource_id=${theirs.id}&kind=claim&email=${freshEmail()}&user_id=${randomUUID()}`;
  expect((await api.call("POST", "/auth/email/callback", { headers: FORM, body })).status).toBe(303);
  expect(await query(stack.platformUrl, "SELECT team_id FROM resources WHERE id = $1", [theirs.id])).toEqual([{ team_id: null }]);
});
