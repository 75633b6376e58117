/** Every mail is a row before it is sent; what nobody sent is sent later with a link of its own; the relay has the last word. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { loadSecrets } from "../../dev/secrets.ts";
import { freshEmail, mailsTo, newAccount, newestLink, pressButton } from "../support/accounts.ts";
import { expectError } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";
import { runCron } from "../support/stack.ts";

const rowSchema = z.looseObject({
  id: z.string(),
  about: z.looseObject({ kind: z.string() }),
  classification: z.string(),
  provider_message_id: z.string().nullable(),
  delivered_at: z.date().nullable(),
});
const ledgerOf = async (email: string) =>
  z.array(rowSchema).parse(await query(stack.platformUrl, "SELECT * FROM forwarder_sent WHERE email = $1 ORDER BY created_at", [email]));

async function mailedOnce(): Promise<{ email: string; messageId: string }> {
  const email = freshEmail();
  await api.call("POST", "/auth/email/start", { body: { email } });
  const [row] = await ledgerOf(email);
  expect(row).toMatchObject({ about: { kind: "sign_in" }, classification: "accepted", delivered_at: null });
  return { email, messageId: row?.provider_message_id ?? "" };
}

const { brevoWebhookSecret } = await loadSecrets(stack.secretsFile);
const event = (body: unknown, secret = brevoWebhookSecret) => api.call("POST", `/webhooks/brevo/${secret}`, { body });

describe("POST /webhooks/brevo/{secret}", () => {
  it.each([
    ["delivered", "delivered"],
    ["hard_bounce", "bounced_hard"],
    ["soft_bounce", "bounced_soft"],
    ["blocked", "rejected"],
    ["complaint", "complaint"],
    ["spam", "complaint"],
    ["deferred", "deferred"],
    ["unsubscribed", "unsubscribed"],
    ["error", "error"],
  ])("%s makes the row %s, and stamps delivered_at exactly on delivered", async (name, classification) => {
    const { email, messageId } = await mailedOnce();
    const answer = await event({ event: name, "message-id": messageId, email, date: "2026-11-24", reason: "x", subject: "x", extra: [1] });
    expect([answer.status, answer.body]).toEqual([200, { ok: true, matched: true, event: name }]);
    const [row] = await ledgerOf(email);
    expect([row?.classification, row?.delivered_at !== null]).toEqual([classification, name === "delivered"]);
  });

  it("the last word counts, and what was delivered stays stamped", async () => {
    const { email, messageId } = await mailedOnce();
    for (const name of ["deferred", "delivered", "complaint"]) await event({ event: name, "message-id": messageId });
    const [row] = await ledgerOf(email);
    expect(row).toMatchObject({ classification: "complaint", delivered_at: expect.any(Date) });
  });

  it("an unknown mail is no error, and an event of no interest is skipped", async () => {
    expect((await event({ event: "delivered", "message-id": "<nobody@relay>" })).body).toEqual({
      ok: true,
      matched: false,
      event: "delivered",
    });
    expect((await event({ event: "opened", "message-id": "<nobody@relay>" })).body).toEqual({ ok: true, skipped: true });
    expect((await event({ event: "toString" })).body).toEqual({ ok: true, skipped: true });
  });

  it("refuses another secret, whatever its length, and what is no event", async () => {
    for (const secret of [brevoWebhookSecret.slice(1), `${brevoWebhookSecret}x`, "x"])
      expectError(await event({ event: "delivered" }, secret), "unauthorized");
    for (const body of ["{", "[]", {}, { event: 1 }, { event: "delivered" }]) expectError(await event(body), "invalid_payload");
  });

  it("takes 16 KiB and not a byte more", async () => {
    const bodyOf = (bytes: number) => {
      const empty = JSON.stringify({ event: "opened", pad: "" });
      return JSON.stringify({ event: "opened", pad: "x".repeat(bytes - empty.length) });
    };
    expect((await event(bodyOf(16 * 1024))).status).toBe(200);
    expectError(await event(bodyOf(16 * 1024 + 1)), "payload_too_large");
  });
});

describe("a mail nobody sent", () => {
  it("is sent by the cron, with a link of its own; the one before is worth nothing any more", async () => {
    const { email } = await newAccount(api, { caller: freshCaller() });
    await api.call("POST", "/auth/email/start", { body: { email } });
    const first = await newestLink(api, email);
    // As a crash between the mail and its record leaves it: sent, perhaps, and nobody knows.
    await query(
      stack.platformUrl,
      "UPDATE forwarder_sent SET classification = 'queued', next_attempt_at = now() - interval '1 second' WHERE email = $1 AND about ->> 'kind' = 'sign_in'",
      [email],
    );
    await runCron(stack, "* * * * *");
    const second = await newestLink(api, email);
    expect(second).not.toBe(first);
    expect((await pressButton(api, first)).status).toBe(410);
    expect((await pressButton(api, second)).status).toBe(303);
    await runCron(stack, "* * * * *");
    expect(await newestLink(api, email)).toBe(second);
  });

  it("of a resource that is gone meanwhile is given up", async () => {
    const created = await api.create();
    const email = freshEmail();
    await api.call("POST", "/claim", { body: { token: created.upgrade_jwt, email } });
    await query(stack.platformUrl, "UPDATE resources SET expires_at = now() - interval '1 second' WHERE id = $1", [created.id]);
    await query(stack.platformUrl, "UPDATE forwarder_sent SET classification = 'queued', next_attempt_at = now() WHERE email = $1", [
      email,
    ]);
    await runCron(stack, "* * * * *");
    expect((await ledgerOf(email)).map(({ classification }) => classification)).toEqual(["failed"]);
  });
});

describe("reminders", () => {
  const hoursLeft = (id: string, hours: number) =>
    query(stack.platformUrl, "UPDATE resources SET expires_at = now() + make_interval(mins => $2::int) WHERE id = $1", [
      id,
      hours * 60 - 1,
    ]);

  it("go out 12 h, 6 h and 1 h before the end of a resource whose claim is pending, each once", async () => {
    const created = await api.create({ name: "nearly-gone" });
    const email = freshEmail();
    await api.call("POST", "/claim", { body: { token: created.upgrade_jwt, email } });
    await query(stack.platformUrl, "UPDATE forwarder_sent SET created_at = now() - interval '13 hours' WHERE email = $1", [email]);
    const counts: number[] = [];
    for (const hours of [24, 13, 12, 12, 6, 6, 1, 1]) {
      await hoursLeft(created.id, hours);
      await runCron(stack, "* * * * *");
      counts.push((await mailsTo(api, email)).filter(({ kind }) => kind === "claim_reminder").length);
    }
    expect(counts).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    const [last] = await mailsTo(api, email);
    const [link = ""] = /http\S+\/claim\?t=\S+/.exec(last?.text ?? "") ?? [];
    const page = await api.call("GET", new URL(link).pathname + new URL(link).search);
    expect([page.status, page.text.includes("nearly-gone")]).toEqual([200, true]);
  });

  it("lead to a page that repeats what was asked for: the name of the team goes into the ledger with the next request", async () => {
    const created = await api.create();
    const [email, team_name] = [freshEmail(), "Ada & Söhne"];
    await api.call("POST", "/claim", { body: { token: created.upgrade_jwt, email, team_name } });
    await query(stack.platformUrl, "UPDATE forwarder_sent SET created_at = now() - interval '13 hours' WHERE email = $1", [email]);
    await hoursLeft(created.id, 1);
    await runCron(stack, "* * * * *");
    const [reminder] = await mailsTo(api, email);
    const link = new URL(/http\S+\/claim\?t=\S+/.exec(reminder?.text ?? "")?.[0] ?? "");
    expect([reminder?.kind, link.searchParams.get("team_name")]).toEqual(["claim_reminder", team_name]);
    expect((await api.call("GET", link.pathname + link.search)).text).toContain('value="Ada &amp; Söhne"');
    const form = new URLSearchParams({ token: link.searchParams.get("t") ?? "", email, team_name });
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    expect((await api.call("POST", "/claim/email", { headers, body: form.toString() })).status).toBe(200);
    const asked = (await ledgerOf(email)).map(({ about }) => [about.kind, about.team_name]);
    expect(asked).toEqual([
      ["claim", team_name],
      ["claim_reminder", team_name],
      ["claim", team_name],
    ]);
  });

  it("do not go out for a resource nobody asked to claim, nor for one that was claimed", async () => {
    const [unasked, account] = [await api.create({ caller: freshCaller() }), await newAccount(api, { caller: freshCaller() })];
    await hoursLeft(unasked.id, 1);
    await runCron(stack, "* * * * *");
    expect((await query(stack.platformUrl, "SELECT 1 FROM forwarder_sent WHERE about ->> 'resource_id' = $1", [unasked.id])).length).toBe(
      0,
    );
    expect((await mailsTo(api, account.email)).map(({ kind }) => kind)).toEqual(["claim"]);
  });

  it("do not say at once what was known when the claim was asked for", async () => {
    const created = await api.create();
    const email = freshEmail();
    await hoursLeft(created.id, 5);
    await api.call("POST", "/claim", { body: { token: created.upgrade_jwt, email } });
    await runCron(stack, "* * * * *");
    expect((await mailsTo(api, email)).map(({ kind }) => kind)).toEqual(["claim"]);
  });
});

it("the inbox is a page for a person", async () => {
  await mailedOnce();
  const page = await api.call("GET", "/dev/mailbox");
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=UTF-8"]);
  expect((await api.call("GET", `/dev/mailbox/${randomUUID()}`)).status).toBe(404);
});
