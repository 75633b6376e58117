/** A claim that asks for it changes its resource's password: who knew the old URL is out, the team reads the new one. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { freshEmail, mailsTo, newestLink, pressButton, sessionOf } from "../support/accounts.ts";
import { type Created, createdSchema, expectError } from "../support/answers.ts";
import { freshKey } from "../support/api.ts";
import { type Caller, freshCaller } from "../support/callers.ts";
import { createInbox } from "../support/inbox.ts";
import { query, refusalOf } from "../support/postgres-client.ts";
import { commands, outcomeOf } from "../support/redis.ts";
import { holderOf } from "../support/resources.ts";
import { api, stack } from "../support/shared-stack.ts";
import { runCron } from "../support/stack.ts";
import { keyedSchema } from "../support/storage.ts";

const WRONG_PASSWORD = "28P01";
const EVERY_MINUTE = "* * * * *";
const ask = (token: string, email: string, fields: Record<string, unknown>, caller: Caller) =>
  api.call("POST", "/claim", { caller, body: { token, email, ...fields } });

/** Claims it to the very end. @returns the session's bearer */
async function claim({ upgrade_jwt }: { upgrade_jwt: string }, fields: Record<string, unknown>, caller: Caller) {
  const email = freshEmail();
  const asked = await ask(upgrade_jwt, email, fields, caller);
  expect(asked.status, asked.text).toBe(200);
  expect(asked.body).not.toHaveProperty("ignored_fields");
  const session = sessionOf(await pressButton(api, await newestLink(api, email), { caller }));
  return { Authorization: `Bearer ${session}` };
}
const reveal = async ({ token }: { token: string }, headers: Record<string, string>) =>
  z.looseObject({ connection_url: z.string() }).parse((await api.call("GET", `/api/v1/resources/${token}/credentials`, { headers })).body);
/** What the form of a claim page would send. */
function formOf(html: string): { token: string; ticked: boolean } {
  const [, token = ""] = /name="token" value="([^"]+)"/.exec(html) ?? [];
  return { token, ticked: /<input [^>]*name="rotate"[^>]* checked/.test(html) };
}
const opens = (url: string) => refusalOf(url, "SELECT 1");
const rowOf = async ({ id }: { id: string }) =>
  (
    await query(stack.platformUrl, "SELECT rotation, rotate_generation, limit_generation, generation FROM resources WHERE id = $1", [id])
  )[0];
const auditOf = async ({ id }: { id: string }) =>
  (await query(stack.platformUrl, "SELECT action, actor_kind FROM audit_log WHERE resource_id = $1 ORDER BY action", [id])).map(
    ({ action, actor_kind }) => `${action} ${actor_kind}`,
  );

describe("rotate: true", () => {
  it("kills the old password by the time the page answers, and shows the team the new one", async () => {
    const caller = freshCaller();
    const key = freshKey();
    const created = await api.create({ caller, key });
    const headers = await claim(created, { rotate: true }, caller);
    expect(await opens(created.connection_url)).toBe(WRONG_PASSWORD);
    const { connection_url } = await reveal(created, headers);
    expect(connection_url).not.toBe(created.connection_url);
    expect(await opens(connection_url)).toBeNull();
    expect(await auditOf(created)).toEqual(["resource.claimed link", "resource.rotated link"]);
    // The tier's limits come all the same.
    await expect
      .poll(() => rowOf(created), { timeout: 15_000 })
      .toMatchObject({ rotation: 1, rotate_generation: null, limit_generation: null });
    // What a key would replay is not the old password: the resource is nobody's any more who comes without an account.
    expect((await api.create({ caller, key })).id).not.toBe(created.id);
  });

  it("changes the claimed resource's own password and none of those that came along", async () => {
    const caller = freshCaller();
    const [mine, neighbours] = [await api.create({ caller }), await api.create({ caller })];
    await claim(mine, { rotate: true }, caller);
    expect([await opens(mine.connection_url), await opens(neighbours.connection_url)]).toEqual([WRONG_PASSWORD, null]);
  });

  it("works for every engine alike: a cache", async () => {
    const caller = freshCaller();
    const answer = await api.call("POST", "/cache/new", { caller, body: { name: "c" } });
    const created = z.looseObject({ token: z.uuid(), upgrade_jwt: z.string(), connection_url: z.string() }).parse(answer.body);
    const headers = await claim(created, { rotate: true }, caller);
    expect(await outcomeOf(commands(created.connection_url, [["PING"]]))).toBe("WRONGPASS");
    expect(await commands((await reveal(created, headers)).connection_url, [["PING"]])).toEqual(["PONG"]);
  });

  it.each([
    ["/queue/new", "Change its keys with the claim: the old ones stop working"],
    ["/cache/new", "Change its password with the claim: the old URL stops working"],
    ["/webhook/new", null],
  ])("is offered on the claim page by what the resource has to change: %s", async (path, label) => {
    const caller = freshCaller();
    const answer = await api.call("POST", path, { caller, body: { name: "mine" } });
    const { claim_url } = z.looseObject({ claim_url: z.string() }).parse(answer.body);
    const page = await api.call("GET", `/claim${new URL(claim_url).search}`, { caller });
    expect([page.status, page.text.includes('name="rotate"')]).toEqual([200, label !== null]);
    if (label !== null) expect(page.text).toContain(label);
  });

  it("of an inbox changes nothing: its URL is its only address", async () => {
    const caller = freshCaller();
    const inbox = await createInbox(api, { caller });
    await claim(inbox.created, { rotate: true }, caller);
    await inbox.post("still taken");
    expect(await rowOf(inbox.created)).toMatchObject({ rotation: 0, rotate_generation: null });
  });

  it("goes beyond a rotation that was under way: not even its password opens anything", async () => {
    const caller = freshCaller();
    const created = await api.create({ caller });
    const renewed = z.object({ connection_url: z.string() }).parse((await holderOf(api, created).rotate()).body).connection_url;
    // As a Worker leaves it whose caller may still be told the password that the engine has.
    await query(stack.platformUrl, "UPDATE resources SET rotation = 0, rotate_generation = generation, changed_at = now() WHERE id = $1", [
      created.id,
    ]);
    const headers = await claim(created, { rotate: true }, caller);
    expect([await opens(created.connection_url), await opens(renewed)]).toEqual([WRONG_PASSWORD, WRONG_PASSWORD]);
    expect(await opens((await reveal(created, headers)).connection_url)).toBeNull();
    expect(await rowOf(created)).toMatchObject({ rotation: 2 });
  });

  it("that the engine never heard of is ended by the cron, or by whoever asks for the credentials", async () => {
    for (const end of [() => runCron(stack, EVERY_MINUTE), async () => undefined]) {
      const caller = freshCaller();
      const created = await api.create({ caller });
      const headers = await claim(created, {}, caller);
      // As a claim's statement leaves it, with a Worker that died behind it.
      await query(
        stack.platformUrl,
        "UPDATE resources SET generation = generation + 1, rotate_generation = generation + 1, changed_at = now() - interval '80 seconds' WHERE id = $1",
        [created.id],
      );
      await end();
      expect(await opens((await reveal(created, headers)).connection_url)).toBeNull();
      expect(await opens(created.connection_url)).toBe(WRONG_PASSWORD);
      // Whoever only looks has changed nothing.
      expect(await auditOf(created)).toEqual(["resource.claimed link"]);
    }
  });

  it("is ended by the cron though twenty older ones never can be", async () => {
    const created = await api.create();
    await query(
      stack.platformUrl,
      `INSERT INTO resources (id, kind, status, generation, tier, env, name, token_hash, token_sealed, grant_sealed, created_at, status_changed_at,
         rotate_generation, changed_at)
       SELECT gen_random_uuid(), kind, 'active', 3, tier, env, name, 'hopeless-' || n, token_sealed, grant_sealed, now(), now(), 3, now() - interval '1 hour'
       FROM resources, generate_series(1, 20) n WHERE id = $1`,
      [created.id],
    );
    await query(
      stack.platformUrl,
      "UPDATE resources SET generation = generation + 1, rotate_generation = generation + 1, changed_at = now() - interval '80 seconds' WHERE id = $1",
      [created.id],
    );
    await runCron(stack, EVERY_MINUTE);
    await runCron(stack, EVERY_MINUTE);
    expect(await rowOf(created)).toMatchObject({ rotation: 1, rotate_generation: null });
    await query(stack.platformUrl, "DELETE FROM resources WHERE token_hash LIKE 'hopeless-%'", []);
  });

  it("is said in the mail and on its page before anything is done", async () => {
    const caller = freshCaller();
    for (const [rotate, says] of [
      [true, /its password changes/],
      [false, /password stay as they are/],
    ] as const) {
      const created = await api.create({ caller });
      const email = freshEmail();
      await ask(created.upgrade_jwt, email, { rotate }, caller);
      const [mail] = await mailsTo(api, email);
      expect(mail?.text).toMatch(says);
      const [{ created: inbox }, other] = [await createInbox(api, { caller }), freshEmail()];
      await ask(inbox.upgrade_jwt, other, { rotate }, caller);
      expect((await mailsTo(api, other))[0]?.text).toMatch(/password stay as they are/);
      const page = await api.call("GET", `/auth/email/callback?t=${await newestLink(api, email)}`, { caller });
      expect(page.text.includes("gets a new password")).toBe(rotate);
      expect(await opens(created.connection_url)).toBeNull();
    }
  });

  it("is what the last link says: a link without it changes no password, whatever an earlier one wanted", async () => {
    const caller = freshCaller();
    const created = await api.create({ caller });
    await ask(created.upgrade_jwt, freshEmail(), { rotate: true }, caller);
    await claim(created, {}, caller);
    expect(await opens(created.connection_url)).toBeNull();
  });

  it.each([
    [true, "once you confirm, its password changes."],
    [false, "It is deleted"],
  ])("that was asked for or not (%j) is what a reminder and its page say, and what a claim through them does", async (rotate, says) => {
    const caller = freshCaller();
    const created = await api.create({ caller });
    const email = freshEmail();
    await ask(created.upgrade_jwt, email, { rotate }, caller);
    await query(stack.platformUrl, "UPDATE forwarder_sent SET created_at = now() - interval '13 hours' WHERE email = $1", [email]);
    await query(stack.platformUrl, "UPDATE resources SET expires_at = now() + interval '11 hours 59 minutes' WHERE id = $1", [created.id]);
    await runCron(stack, EVERY_MINUTE);
    const [reminder] = await mailsTo(api, email);
    expect(reminder).toMatchObject({ kind: "claim_reminder", text: expect.stringContaining(says) });
    expect(reminder?.text.includes("password changes")).toBe(rotate);
    const [link = ""] = /http\S+\/claim\?t=\S+/.exec(reminder?.text ?? "") ?? [];
    const { pathname, search } = new URL(link);
    const page = await api.call("GET", pathname + search, { caller });
    // Sent as the browser would, with nothing touched but the address.
    const { token, ticked } = formOf(page.text);
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams({ token, email, ...(ticked ? { rotate: "yes" } : {}) }).toString();
    await api.call("POST", "/claim/email", { caller, headers, body });
    sessionOf(await pressButton(api, await newestLink(api, email), { caller }));
    expect(await opens(created.connection_url)).toBe(rotate ? WRONG_PASSWORD : null);
  });

  it("of storage changes its keys, and the dashboard does not say that the old ones are dead", async () => {
    const caller = freshCaller();
    const created = await api.provision("/storage/new", keyedSchema, { caller });
    const t = new URL(created.claim_url).searchParams.get("t") ?? "";
    expect((await api.call("GET", `/claim?t=${t}`, { caller })).text).toContain("Older keys work until they expire");
    const email = freshEmail();
    await ask(created.upgrade_jwt, email, { rotate: true }, caller);
    expect((await mailsTo(api, email))[0]?.text).toContain("its keys change");
    const link = await newestLink(api, email);
    expect((await api.call("GET", `/auth/email/callback?t=${link}`, { caller })).text).toContain("gets new keys");
    expect((await pressButton(api, link, { caller })).headers.get("location")).toBe("/dashboard?done=claimed-rekeyed");
    expect(await rowOf(created)).toMatchObject({ rotation: 1, rotate_generation: null });
  });

  it("can be ticked on the claim page", async () => {
    const caller = freshCaller();
    const created = await api.create({ caller });
    const t = new URL(created.claim_url).searchParams.get("t") ?? "";
    const page = await api.call("GET", `/claim?t=${t}`, { caller });
    expect(page.text).toContain('name="rotate"');
    const email = freshEmail();
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const sent = await api.call("POST", "/claim/email", {
      caller,
      headers,
      body: `token=${t}&email=${encodeURIComponent(email)}&rotate=yes`,
    });
    expect(sent.status, sent.text).toBe(200);
    sessionOf(await pressButton(api, await newestLink(api, email), { caller }));
    expect(await opens(created.connection_url)).toBe(WRONG_PASSWORD);
  });
});

describe("after the claim the dashboard says what is so", () => {
  it.each([
    [{}, false, "/db/new", "claimed", /password have not changed\./],
    [{}, true, "/db/new", "claimed-along", /password have not changed\. .*Confirm each/],
    [{ rotate: true }, false, "/db/new", "claimed-rotated", /the old one no longer works/],
    [{ rotate: true }, true, "/db/new", "claimed-rotated-along", /the old one no longer works\. .*Confirm each/],
    [{ rotate: true }, false, "/webhook/new", "claimed", /password have not changed\./],
  ])("%j, a neighbour: %j, %s", async (fields, hasNeighbour, path, code, words) => {
    const caller = freshCaller();
    const email = freshEmail();
    const answer = await api.call("POST", path, { caller, body: { name: "mine" } });
    const { upgrade_jwt } = z.looseObject({ upgrade_jwt: z.string() }).parse(answer.body);
    if (hasNeighbour) await api.create({ caller });
    await ask(upgrade_jwt, email, fields, caller);
    const used = await pressButton(api, await newestLink(api, email), { caller });
    expect(used.headers.get("location")).toBe(`/dashboard?done=${code}`);
    const headers = { Cookie: `__Host-instanode_session=${sessionOf(used)}` };
    const page = (await api.call("GET", `/dashboard?done=${code}`, { headers })).text;
    expect(page).toMatch(words);
    expect(page.includes('class="notice good"')).toBe(true);
    // Nobody's address makes it say a number, or what did not happen.
    for (const crafted of ["claimed=999", "done=999", "done=claimed-999"]) {
      expect((await api.call("GET", `/dashboard?${crafted}`, { headers })).text).not.toMatch(
        /class="notice|\b999\b|belongs to your team now/,
      );
    }
  });
});

it.each([["true"], [1], ["yes"], [[]], [{}]])("rotate: %j is refused, and nothing is mailed", async (rotate) => {
  const created: Created = createdSchema.parse(await api.create());
  const email = freshEmail();
  const answer = await ask(created.upgrade_jwt, email, { rotate }, freshCaller());
  expect(expectError(answer, "type_mismatch").message).toContain('"rotate" must be true or false');
  expect(await mailsTo(api, email)).toEqual([]);
});

it.each([{}, { rotate: false }, { rotate: null }])("%j leaves the password as it is", async (fields) => {
  const caller = freshCaller();
  const created = await api.create({ caller });
  const headers = await claim(created, fields, caller);
  expect(await opens(created.connection_url)).toBeNull();
  expect((await reveal(created, headers)).connection_url).toBe(created.connection_url);
});
