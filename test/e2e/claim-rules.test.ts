/** The rules of a claim, each alone on the database's own functions (migration 0009). What a whole claim does: claim.test.ts. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { keepLink } from "../../worker/platform-db/links.ts";
import { recordMail } from "../../worker/platform-db/mails.ts";
import { createNeonDatabase } from "../../worker/platform-db/neon.ts";
import { freshEmail } from "../support/accounts.ts";
import { query } from "../support/postgres-client.ts";
import { stack } from "../support/shared-stack.ts";

const NOW = "2026-06-01T12:00:00Z";
const TEAM = randomUUID();
const db = createNeonDatabase(stack.platformUrl, stack.sqlUrl);

/** A resource that exists in the statement alone. */
const row = (fields: Record<string, unknown> = {}) =>
  JSON.stringify({
    id: randomUUID(),
    kind: "postgres",
    status: "active",
    generation: 1,
    rotation: 0,
    attached_provisionally: false,
    fingerprint: "f",
    admission_scope: "first",
    ...fields,
  });

async function valueIn(text: string, values: unknown[]): Promise<unknown> {
  const [found] = z.array(z.object({ value: z.unknown() })).parse(await query(stack.platformUrl, `SELECT ${text} AS value`, values));
  return found?.value;
}

const R = "jsonb_populate_record(NULL::resources, $1::jsonb)";

describe("what can be claimed", () => {
  it.each([
    ["an anonymous resource before its end", { expires_at: "2026-06-01T12:00:00.001Z" }, "free"],
    ["one at its end", { expires_at: NOW }, "gone"],
    ["one that is being dropped", { status: "dropping" }, "gone"],
    ["one of a team", { team_id: TEAM }, "claimed"],
    ["one that came along with a claim", { team_id: TEAM, attached_provisionally: true }, "free"],
    ["one of a team that is dropped", { team_id: TEAM, status: "dropped" }, "gone"],
  ])("%s", async (_what, fields, state) => {
    expect(await valueIn(`claim_state(${R}, $2::timestamptz)`, [row(fields), NOW])).toBe(state);
  });
});

describe("what a claim takes", () => {
  it.each([
    ["its own, whatever the fingerprint", {}, true, null, true],
    ["its own that came along with another claim", { team_id: TEAM, attached_provisionally: true }, true, null, true],
    ["not its own that another team has", { team_id: TEAM }, true, "f", false],
    ["not its own after its end", { expires_at: NOW }, true, "f", false],
    ["an anonymous one of the fingerprint", {}, false, "f", true],
    ["not one of another fingerprint", {}, false, "g", false],
    ["not one that came along with another claim", { team_id: TEAM, attached_provisionally: true }, false, "f", false],
    ["no other without a fingerprint", {}, false, null, false],
    ["no other where neither has a fingerprint", { fingerprint: null }, false, null, false],
  ])("%s", async (_what, fields, isSubject, fingerprint, taken) => {
    const values = [row(fields), isSubject, fingerprint, NOW];
    expect(await valueIn(`claim_takes(${R}, $2::boolean, $3::text, $4::timestamptz)`, values)).toBe(taken);
  });
});

it.each([
  ["without a rotation the number of the password stays", { rotation: 3 }, false, 3],
  ["a rotation leaves the number to the engine's answer", { rotation: 3 }, true, 3],
  ["a rotation under way counts as done when the claim rotates", { rotation: 3, rotate_generation: 7 }, true, 4],
  ["and goes on when the claim does not", { rotation: 3, rotate_generation: 7 }, false, 3],
])("rotation: %s", async (_what, fields, rotates, rotation) => {
  expect(await valueIn(`claim_rotation(${R}, $2::boolean)`, [row(fields), rotates])).toBe(rotation);
});

it("the first owner's object is told, until it was", async () => {
  expect(await valueIn(`claim_previous_scope(${R})`, [row()])).toBe("first");
  expect(await valueIn(`claim_previous_scope(${R})`, [row({ admission_scope: "team:x", previous_scope: "first" })])).toBe("first");
});

/** Rows of these tests: none may reach an engine. */
const made: string[] = [];
afterAll(async () => {
  await query(stack.platformUrl, "UPDATE resources SET status = 'dropped', token_hash = NULL, limit_generation = NULL WHERE id = ANY($1)", [
    made,
  ]);
});

async function resource(fingerprint: string, fields: Record<string, unknown> = {}): Promise<string> {
  const id = randomUUID();
  made.push(id);
  const all = JSON.parse(
    row({
      id,
      fingerprint,
      tier: "anonymous",
      env: "development",
      name: "rules",
      token_hash: id,
      token_sealed: "s",
      created_at: NOW,
      status_changed_at: NOW,
      access: "full",
      ...fields,
    }),
  );
  await query(stack.platformUrl, `INSERT INTO resources SELECT (${R}).*`, [JSON.stringify(all)]);
  return id;
}

async function link(resourceId: string): Promise<{ tokenHash: string; email: string }> {
  const [email, mailId, now] = [freshEmail(), randomUUID(), new Date()];
  const about = { kind: "claim", resource_id: resourceId, fingerprint: "f", team_name: null, rotate: false } as const;
  await recordMail(db, { id: mailId, email, about }, { now, retryAt: now });
  await query(stack.platformUrl, "UPDATE forwarder_sent SET next_attempt_at = NULL WHERE id = $1", [mailId]);
  const tokenHash = createHash("sha256").update(randomBytes(32)).digest("hex");
  await keepLink(db, { tokenHash, mailId, email, createdAt: now, expiresAt: new Date(now.getTime() + 60_000) });
  return { tokenHash, email };
}

it("a link is consumed once, and only for the resource its mail is about", async () => {
  const id = await resource(randomUUID());
  const { tokenHash, email } = await link(id);
  const use = (subject: string) => valueIn("claim_use_link($1, $2::uuid, now())", [tokenHash, subject]);
  expect(await use(randomUUID())).toBeNull();
  expect(await use(id)).toBe(email);
  expect(await use(id)).toBeNull();
});

it("the first claim of an address creates a user, a team and an owner; the next one finds them", async () => {
  const [address, first, second] = [freshEmail(), [randomUUID(), randomUUID()], [randomUUID(), randomUUID()]];
  const claim = async ([user, team]: string[]) =>
    (await query(stack.platformUrl, "SELECT * FROM claim_account($1, $2::uuid, $3::uuid, 'n', 'hobby', now())", [address, user, team]))[0];
  const found = { account_id: first[0], home_id: first[1], home_tier: "hobby" };
  expect(await claim(first)).toEqual(found);
  expect(await claim(second)).toEqual(found);
  const members = await query(stack.platformUrl, "SELECT team_id, role FROM memberships WHERE user_id = $1", [first[0]]);
  expect(members).toEqual([{ team_id: first[1], role: "owner" }]);
  expect(await query(stack.platformUrl, "SELECT 1 FROM teams WHERE id = $1", [second[1]])).toEqual([]);
});

it("what is moved belongs to the team; all but the subject provisionally; the rotation comes after the limit job", async () => {
  const fingerprint = randomUUID();
  const [own, other] = [await resource(fingerprint, { rotation: 2, rotate_generation: 1 }), await resource(fingerprint, { generation: 5 })];
  const team = randomUUID();
  await query(stack.platformUrl, "INSERT INTO teams (id, name, tier, created_at) VALUES ($1, 'rules', 'hobby', now())", [team]);
  const moved = z
    .array(
      z.object({
        id: z.string(),
        generation: z.number(),
        is_subject: z.boolean(),
        from_team: z.null(),
        rotate_generation: z.number().nullable(),
        next_rotation: z.number(),
        old_scope: z.string(),
      }),
    )
    .parse(
      await query(stack.platformUrl, "SELECT * FROM claim_move($1::uuid, $2::uuid[], $3::uuid, 'hobby', true, now())", [
        own,
        [own, other],
        team,
      ]),
    );
  expect(moved.find(({ id }) => id === own)).toMatchObject({
    generation: 2,
    is_subject: true,
    rotate_generation: 3,
    next_rotation: 4,
    old_scope: "first",
  });
  expect(moved.find(({ id }) => id === other)).toMatchObject({
    generation: 6,
    is_subject: false,
    rotate_generation: null,
    next_rotation: 1,
  });
  const rows = await query(
    stack.platformUrl,
    "SELECT id, team_id, tier, expires_at, attached_provisionally, generation, admission_scope FROM resources WHERE id = ANY($1)",
    [[own, other]],
  );
  const moves = { team_id: team, tier: "hobby", expires_at: null, admission_scope: `team:${team}` };
  expect(rows).toContainEqual({ id: own, ...moves, attached_provisionally: false, generation: 3 });
  expect(rows).toContainEqual({ id: other, ...moves, attached_provisionally: true, generation: 6 });
});

it("without its subject a claim moves nothing and creates nothing; the link is consumed all the same", async () => {
  const fingerprint = randomUUID();
  const [gone, other] = [await resource(fingerprint, { expires_at: NOW }), await resource(fingerprint)];
  const { tokenHash, email } = await link(gone);
  const values = [tokenHash, gone, fingerprint, randomUUID(), randomUUID()];
  const claim =
    "SELECT consumed, user_id, team_id, moved::text FROM claim_by_link($1, $2::uuid, $3, false, $4::uuid, $5::uuid, 'n', 'hobby', now())";
  expect(await query(stack.platformUrl, claim, values)).toEqual([{ consumed: true, user_id: null, team_id: null, moved: "{}" }]);
  expect(await query(stack.platformUrl, claim, values)).toEqual([{ consumed: false, user_id: null, team_id: null, moved: "{}" }]);
  expect(await query(stack.platformUrl, "SELECT 1 FROM users WHERE email = $1", [email])).toEqual([]);
  expect(await query(stack.platformUrl, "SELECT team_id FROM resources WHERE id = $1", [other])).toEqual([{ team_id: null }]);
});
