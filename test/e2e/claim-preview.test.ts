/** A claim token shows its own resource in full, of others behind the same address only that they exist, and changes nothing. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Created } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { dump } from "../support/inspect.ts";
import { query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

const otherSchema = z.strictObject({
  subject: z.literal(false),
  resource_type: z.literal("postgres"),
  age_seconds: z.number().int().min(0),
});
const subjectSchema = z.strictObject({
  subject: z.literal(true),
  resource_type: z.literal("postgres"),
  age_seconds: z.number().int().min(0),
  id: z.uuid(),
  name: z.string(),
  env: z.string(),
  tier: z.literal("anonymous"),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
});
const itemsSchema = z.array(z.discriminatedUnion("subject", [subjectSchema, otherSchema]));
const previewSchema = z.strictObject({
  ok: z.literal(true),
  token_valid: z.boolean(),
  already_claimed: z.literal(false),
  items: itemsSchema,
  resources: itemsSchema,
  more: z.literal(false),
  expires_at: z.iso.datetime(),
});

const claimJwtOf = ({ claim_url }: Created): string => new URL(claim_url).searchParams.get("t") ?? "";

async function preview(token: string) {
  const answer = await api.call("GET", `/claim/preview?t=${token}`);
  expect(answer.status, answer.text).toBe(200);
  const parsed = previewSchema.parse(answer.body);
  expect(parsed.resources).toEqual(parsed.items);
  return { ...parsed, text: answer.text };
}

describe("the preview", () => {
  it("shows the token's own resource in full, through the upgrade JWT and through the link's", async () => {
    const created = await api.create({ name: "mine" });
    for (const token of [created.upgrade_jwt, claimJwtOf(created)]) {
      const { items, text, token_valid } = await preview(token);
      expect([items.length, token_valid]).toEqual([1, true]);
      expect(items[0]).toMatchObject({ subject: true, id: created.id, name: "mine", env: "development", expires_at: created.expires_at });
      expect(text).not.toContain(created.token);
      expect(text).not.toContain("postgres://");
    }
  });

  it("shows of the caller's other resources only kind and age", async () => {
    const [one, two] = [await api.create({ name: "one" }), await api.create({ name: "two" })];
    const { items, text } = await preview(two.upgrade_jwt);
    expect(items.map(({ subject }) => subject)).toEqual([true, false]);
    expect(items[0]).toMatchObject({ id: two.id });
    for (const secret of [one.id, one.token, '"one"']) expect(text).not.toContain(secret);
  });

  it("shows nothing of another caller", async () => {
    const [mine] = [await api.create({ caller: freshCaller() }), await api.create({ caller: freshCaller() })];
    expect((await preview(mine.upgrade_jwt)).items).toHaveLength(1);
  });

  it("does not show what has expired, even before it is dropped", async () => {
    const created = await api.create();
    await query(stack.platformUrl, "UPDATE resources SET expires_at = now() - interval '1 second' WHERE id = $1", [created.id]);
    expect(await preview(created.upgrade_jwt)).toMatchObject({ items: [], token_valid: false });
  });

  it("changes nothing", async () => {
    const created = await api.create();
    // A report of the bridge may come in between; what a preview wrote would stand there every time.
    const unchanged = async (): Promise<boolean> => {
      const before = await dump(stack.platformUrl);
      await preview(created.upgrade_jwt);
      await preview(created.upgrade_jwt);
      return (await dump(stack.platformUrl)) === before;
    };
    await expect.poll(unchanged, { timeout: 30_000 }).toBe(true);
  });
});

describe("the claim link", () => {
  it("leads to the claim page", async () => {
    const created = await api.create();
    const link = new URL(created.claim_url);
    const answer = await api.call("GET", link.pathname + link.search);
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toBe(`/claim?t=${claimJwtOf(created)}`);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  it("leads nowhere else, whatever stands in it", async () => {
    for (const token of ["https://evil.example", "//evil.example", "a%0d%0aX-Evil:%201", "%22%3E"]) {
      const answer = await api.call("GET", `/start?t=${token}`);
      expect(answer.headers.get("location")).toMatch(/^\/claim\?t=[A-Za-z0-9%._~-]+$/);
      expect(answer.headers.get("x-evil")).toBeNull();
    }
  });
});
