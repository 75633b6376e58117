/** What happens at the same moment has exactly one outcome: a hundred rounds of each. */

import { createHash, randomBytes, randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { z } from "zod";
import { transferByLink } from "../../worker/platform-db/claim-transfer.ts";
import { findLink, keepLink } from "../../worker/platform-db/links.ts";
import { recordMail } from "../../worker/platform-db/mails.ts";
import { createNeonDatabase } from "../../worker/platform-db/neon.ts";
import { keepResource, takeExpired } from "../../worker/platform-db/resources.ts";
import { freshEmail, mailsTo, pressButton } from "../support/accounts.ts";
import { freshCaller } from "../support/callers.ts";
import { query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

const ROUNDS = 100;
const HTTP_ROUNDS = 10;
const HOUR_MS = 3_600_000;
const db = createNeonDatabase(stack.platformUrl, stack.sqlUrl);
const TIMEOUT_MS = 240_000;

/** A row as a create leaves it; no engine has anything of it. */
async function anonymousRow(fingerprint: string, expiresAt = new Date(Date.now() + HOUR_MS)): Promise<string> {
  const id = randomUUID();
  const secret = randomBytes(32).toString("hex");
  const row = {
    id,
    kind: "postgres",
    tier: "anonymous",
    env: "development",
    name: "race",
    tokenHash: secret,
    tokenSealed: "sealed",
    grantSealed: "sealed",
    teamId: null,
    fingerprint,
    admissionScope: "race",
    networkHash: null,
    asnHash: null,
    createdAt: new Date(),
    expiresAt,
  } as const;
  await keepResource(db, row, { kind: "system", userId: null, keyId: null, requestId: null });
  return id;
}

async function linkFor(
  resourceId: string,
  fingerprint: string,
  email = freshEmail(),
): Promise<{ tokenHash: string; resourceId: string; fingerprint: string; email: string }> {
  const now = new Date();
  const about = { kind: "claim", resource_id: resourceId, fingerprint, team_name: null, rotate: false } as const;
  const mail = { id: randomUUID(), email, about };
  await recordMail(db, mail, { now, retryAt: new Date(now.getTime() + HOUR_MS) });
  await query(stack.platformUrl, "UPDATE forwarder_sent SET next_attempt_at = NULL WHERE id = $1", [mail.id]);
  const tokenHash = createHash("sha256").update(randomBytes(32)).digest("hex");
  await keepLink(db, { tokenHash, mailId: mail.id, email, createdAt: now, expiresAt: new Date(now.getTime() + HOUR_MS) });
  return { tokenHash, resourceId, fingerprint, email };
}

type ClaimLink = Omit<Awaited<ReturnType<typeof linkFor>>, "fingerprint"> & { fingerprint: string | null };

function transfer({ tokenHash, resourceId, fingerprint, email }: ClaimLink, now = new Date()) {
  const session = { jti: randomUUID(), now, expiresAt: new Date(now.getTime() + HOUR_MS), requestId: "race" };
  return transferByLink(db, {
    tokenHash,
    resourceId,
    fingerprint,
    rotate: false,
    newUserId: randomUUID(),
    newTeam: { id: randomUUID(), name: email, tier: "hobby" },
    session,
  });
}

it("a link works up to its last millisecond, and not in the next", async () => {
  const fingerprint = randomUUID();
  const link = await linkFor(await anonymousRow(fingerprint, new Date(Date.now() + 2 * HOUR_MS)), fingerprint);
  const [{ expires_at }] = z
    .tuple([z.object({ expires_at: z.date() })])
    .parse(await query(stack.platformUrl, "SELECT expires_at FROM magic_links WHERE token_hash = $1", [link.tokenHash]));
  const at = (offsetMs: number) => new Date(expires_at.getTime() + offsetMs);
  expect((await findLink(db, link.tokenHash, at(1_000)))?.state).toBe("expired");
  expect((await findLink(db, link.tokenHash, at(0)))?.state).toBe("expired");
  expect(await transfer(link, at(0))).toEqual({ outcome: "refused", because: "link" });
  expect((await findLink(db, link.tokenHash, at(-1)))?.state).toBe("live");
  expect((await transfer(link, at(-1))).outcome).toBe("done");
  expect((await findLink(db, link.tokenHash, at(-1)))?.state).toBe("used");
  await forget();
});

it("a claim that takes its own resource alone leaves the others of the fingerprint as they were", async () => {
  const fingerprint = randomUUID();
  const [own, other] = [await anonymousRow(fingerprint), await anonymousRow(fingerprint)];
  const link = await linkFor(own, fingerprint);
  expect((await transfer({ ...link, fingerprint: null })).outcome).toBe("done");
  expect((await rowOf(own)).team_id).not.toBeNull();
  expect((await rowOf(other)).team_id).toBeNull();
  await forget();
});

const rowOf = async (id: string) =>
  z
    .object({ status: z.string(), team_id: z.string().nullable() })
    .parse((await query(stack.platformUrl, "SELECT status, team_id FROM resources WHERE id = $1", [id]))[0]);
/** Nothing of these rounds may reach an engine later. */
const forget = () =>
  query(
    stack.platformUrl,
    "UPDATE resources SET status = 'dropped', token_hash = NULL, limit_generation = NULL WHERE admission_scope LIKE 'race%' OR name = 'race'",
  );

it(
  "two claims of one resource, by two links: one wins and owns it, the other is told so and owns nothing",
  async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const fingerprint = randomUUID();
      const id = await anonymousRow(fingerprint);
      const links = [await linkFor(id, fingerprint), await linkFor(id, fingerprint)];
      const outcomes = await Promise.all(links.map((link) => transfer(link)));
      const won = outcomes.flatMap((outcome) => (outcome.outcome === "done" ? [outcome.teamId] : []));
      expect(won).toHaveLength(1);
      expect(outcomes).toContainEqual({ outcome: "refused", because: "resource" });
      expect(await rowOf(id)).toEqual({ status: "active", team_id: won[0] });
      const people = await query(stack.platformUrl, "SELECT 1 FROM users WHERE email = ANY($1)", [links.map(({ email }) => email)]);
      expect(people).toHaveLength(1);
    }
    await forget();
  },
  TIMEOUT_MS,
);

it(
  "one link used twice opens one session; two first claims of one address make one user and one team",
  async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const email = freshEmail();
      const [one, two] = [randomUUID(), randomUUID()];
      const links = [await linkFor(await anonymousRow(one), one, email), await linkFor(await anonymousRow(two), two, email)];
      const outcomes = await Promise.all([...links, ...links].map((link) => transfer(link)));
      expect(outcomes.map((outcome) => (outcome.outcome === "done" ? "done" : outcome.because)).sort()).toEqual([
        "done",
        "done",
        "link",
        "link",
      ]);
      const teams = new Set(outcomes.flatMap((outcome) => (outcome.outcome === "done" ? [outcome.teamId] : [])));
      expect(teams.size).toBe(1);
      const sessions = await query(stack.platformUrl, "SELECT 1 FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = $1", [
        email,
      ]);
      expect(sessions).toHaveLength(2);
    }
    await forget();
  },
  TIMEOUT_MS,
);

it(
  "neighbours behind one address claim at the same moment: each owns his own, and nobody waits for anybody for good",
  async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const fingerprint = randomUUID();
      const ids = [await anonymousRow(fingerprint), await anonymousRow(fingerprint), await anonymousRow(fingerprint)];
      const links = await Promise.all(ids.map((id) => linkFor(id, fingerprint)));
      const outcomes = await Promise.all(links.map((link) => transfer(link)));
      const owners = outcomes.map((outcome) => (outcome.outcome === "done" ? outcome.teamId : null));
      // Whoever came second found his own attached provisionally, and took it back.
      expect(owners).not.toContain(null);
      expect(await Promise.all(ids.map(async (id) => (await rowOf(id)).team_id))).toEqual(owners);
    }
    await forget();
  },
  TIMEOUT_MS,
);

it(
  "a claim and the expiry of its resource at the same instant: it is owned, or it is going, and never both",
  async () => {
    const outcomes: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const fingerprint = randomUUID();
      const end = new Date(Date.now() + 60_000);
      const id = await anonymousRow(fingerprint, end);
      const link = await linkFor(id, fingerprint);
      // Both clocks may be right: the claim's says one millisecond before the end, the sweep's says the end.
      const [claimed, expired] = await Promise.all([transfer(link, new Date(end.getTime() - 1)), takeExpired(db, end, 500)]);
      const isGoing = expired.some(({ resourceId }) => resourceId === id);
      const row = await rowOf(id);
      if (claimed.outcome === "done") expect([isGoing, row]).toEqual([false, { status: "active", team_id: claimed.teamId }]);
      else expect([isGoing, claimed.because, row]).toEqual([true, "resource", { status: "dropping", team_id: null }]);
      outcomes.push(claimed.outcome);
      await forget();
    }
    expect(outcomes).toHaveLength(ROUNDS);
    console.log(`of ${ROUNDS} rounds the claim won ${outcomes.filter((outcome) => outcome === "done").length}`);
  },
  TIMEOUT_MS,
);

it(
  "a claim and the row of a create at the same instant: the new resource is whole, and his or still anonymous",
  async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const fingerprint = randomUUID();
      const id = await anonymousRow(fingerprint);
      const link = await linkFor(id, fingerprint);
      const [claimed, created] = await Promise.all([transfer(link), anonymousRow(fingerprint)]);
      if (claimed.outcome !== "done") throw new Error(`not claimed: ${claimed.because}`);
      const row = await rowOf(created);
      expect(row.status).toBe("active");
      expect(row.team_id === null).toBe(!claimed.moved.some((moved) => moved.id === created));
      expect([claimed.teamId, null]).toContain(row.team_id);
    }
    await forget();
  },
  TIMEOUT_MS,
);

it(
  "the same over HTTP: the create is answered, and its resource is his or still anonymous, whole either way",
  async () => {
    for (let round = 0; round < HTTP_ROUNDS; round += 1) {
      const caller = freshCaller();
      const email = freshEmail();
      const first = await api.create({ caller });
      await api.call("POST", "/claim", { caller, body: { token: first.upgrade_jwt, email } });
      const [, token = ""] = /callback\?t=([\w-]+)/.exec((await mailsTo(api, email))[0]?.text ?? "") ?? [];
      const [pressed, second] = await Promise.all([pressButton(api, token, { caller }), api.create({ caller })]);
      expect(pressed.status).toBe(303);
      const { team_id } = await rowOf(first.id);
      const row = await rowOf(second.id);
      expect(row.status).toBe("active");
      expect([team_id, null]).toContain(row.team_id);
    }
  },
  TIMEOUT_MS,
);

it("the button pressed twice at once opens one session, and the second page says what happened", async () => {
  const email = freshEmail();
  const created = await api.create();
  await api.call("POST", "/claim", { body: { token: created.upgrade_jwt, email } });
  const [, token = ""] = /callback\?t=([\w-]+)/.exec((await mailsTo(api, email))[0]?.text ?? "") ?? [];
  const pressed = await Promise.all([pressButton(api, token), pressButton(api, token)]);
  expect(pressed.map(({ status }) => status).sort()).toEqual([303, 410]);
  expect(pressed.find(({ status }) => status === 410)?.text).toContain("used already");
});
