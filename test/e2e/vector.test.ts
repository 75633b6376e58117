/** `POST /vector/new` is `POST /db/new` with `dimensions` in and out: the same rules, the same budget, a key of its own. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { plans } from "../../contract/plans.ts";
import { allowances, createdSchema, expectError } from "../support/answers.ts";
import { freshKey } from "../support/api.ts";
import { expectNothingMade } from "../support/nothing-made.ts";
import { query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

const vectorSchema = createdSchema.extend({ extension: z.literal("pgvector"), dimensions: z.number().int() });

const post = (body: unknown, headers: Record<string, string> = {}) => api.call("POST", "/vector/new", { body, headers });

describe("POST /vector/new", () => {
  it.each([
    [undefined, 1536],
    [null, 1536],
    [1, 1],
    [16_000, 16_000],
  ])("takes the dimensions %j as %i", async (dimensions, expected) => {
    const answer = await post({ name: "embeddings", ...(dimensions === undefined ? {} : { dimensions }) });
    expect(answer.status, answer.text).toBe(201);
    const created = vectorSchema.parse(answer.body);
    const { vector_storage_mb, vector_connections } = plans.tiers.anonymous.limits;
    expect(created).toMatchObject({ name: "embeddings", dimensions: expected });
    expect(created.limits).toEqual({ storage_mb: vector_storage_mb, connections: vector_connections, expires_in: "24h" });
    expect(created.ignored_fields).toBeUndefined();
    expect(await query(created.connection_url, "SELECT vector_dims('[1,2,3]'::vector) AS dimensions")).toEqual([{ dimensions: 3 }]);
  });

  it.each([[0], [-1], [16_001], [1.5], ["1536"], [true], [[3]]])("refuses the dimensions %j", async (dimensions) => {
    await expectNothingMade(stack, async () => expectError(await post({ name: "embeddings", dimensions }), "invalid_dimensions"));
  });

  it("has the rules of every create", async () => {
    await expectNothingMade(stack, async () => {
      expectError(await post({}), "name_required");
      expectError(await post({ name: "?" }), "invalid_name");
      expectError(await post({ name: "x" }, { Authorization: "Bearer x" }), "unauthorized");
    });
  });

  it("shares the day's budget with the other kinds, and not their idempotency keys", async () => {
    const headers = { "Idempotency-Key": freshKey() };
    const database = await api.post({ name: "one" }, { headers });
    const vector = await post({ name: "one" }, headers);
    expect([database.status, vector.status]).toEqual([201, 201]);
    expect(vectorSchema.parse(vector.body).id).not.toBe(createdSchema.parse(database.body).id);
    expect(allowances(vector).provisions?.remaining).toBe(plans.tiers.anonymous.limits.provisions_per_day - 2);
    const replay = await post({ name: "one" }, headers);
    expect([replay.text, replay.headers.get("x-idempotent-replay")]).toEqual([vector.text, "true"]);
  });

  it("is told from a database in the preview of a claim", async () => {
    const { upgrade_jwt } = vectorSchema.parse((await post({ name: "embeddings" })).body);
    const preview = await api.call("GET", `/claim/preview?t=${upgrade_jwt}`);
    expect(preview.body).toMatchObject({ items: [{ subject: true, resource_type: "vector" }] });
  });
});
