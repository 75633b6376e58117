/** A step that ran twice, because a crash hid its end, leaves the platform database and its caller as if it had run once. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { createNeonDatabase } from "../../worker/platform-db/neon.ts";
import { abandonResource, recordDropped } from "../../worker/platform-db/resources.ts";
import { resourceRow } from "../support/inspect.ts";
import { query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

const db = createNeonDatabase(stack.platformUrl, stack.sqlUrl);
const FIRST = new Date("2026-01-01T00:00:00Z");
const LATER = new Date("2026-01-02T00:00:00Z");

it("a drop recorded again still names whose stored answers must be forgotten, and keeps its moment", async () => {
  const { id } = await api.create();
  await query(stack.platformUrl, "UPDATE resources SET status = 'dropping', generation = 2, drop_reason = 'expired' WHERE id = $1", [id]);
  await query(stack.platformUrl, "UPDATE resources SET previous_scope = 'its first' WHERE id = $1", [id]);
  expect(await recordDropped(db, id, 1, FIRST)).toEqual([]);
  const scopes = await recordDropped(db, id, 2, FIRST);
  expect(scopes).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), "its first"]);
  expect(await recordDropped(db, id, 2, LATER)).toEqual(scopes);
  const [row] = await query(stack.platformUrl, "SELECT status, status_changed_at, token_hash FROM resources WHERE id = $1", [id]);
  expect(row).toEqual({ status: "dropped", status_changed_at: FIRST, token_hash: null });
});

it("a create that its caller was told had failed is taken though its row is written; again, it needs the same drop", async () => {
  const { id } = await api.create();
  const intent = { resourceId: id, kind: "postgres", wasRefused: true } as const;
  expect(await abandonResource(db, intent, FIRST)).toBe(2);
  expect(await abandonResource(db, intent, LATER)).toBe(2);
  expect(await resourceRow(stack, id)).toMatchObject({ status: "abandoned", generation: 2 });
  await recordDropped(db, id, 2, LATER);
  expect(await abandonResource(db, intent, LATER)).toBe(2);
  expect(await resourceRow(stack, id)).toMatchObject({ status: "dropped", generation: 2 });
});

it("a create nobody was heard of again is complete when its row is written, and taken when it is not", async () => {
  const { id } = await api.create();
  const unheard = { kind: "postgres", wasRefused: false } as const;
  expect(await abandonResource(db, { resourceId: id, ...unheard }, FIRST)).toBeNull();
  expect(await resourceRow(stack, id)).toMatchObject({ status: "active", generation: 1 });
  const unwritten = randomUUID();
  expect(await abandonResource(db, { resourceId: unwritten, ...unheard }, FIRST)).toBe(2);
  expect(await abandonResource(db, { resourceId: unwritten, ...unheard }, LATER)).toBe(2);
  expect(await resourceRow(stack, unwritten)).toMatchObject({ status: "abandoned", generation: 2 });
  await recordDropped(db, unwritten, 2, LATER);
});
