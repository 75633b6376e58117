/** A statement built of parts has the parts' values at the numbers its text names. */
import { expect, it } from "vitest";
import { audit } from "../../../worker/platform-db/audit.ts";
import { sql } from "../../../worker/platform-db/database.ts";

it("values become parameters, and a part keeps its own", () => {
  const part = sql`b = ${2} AND c = ${3}`;
  const { text, values } = sql`a = ${1} AND ${part} AND d = ${4} AND ${sql`now()`}`;
  expect(text).toBe("a = $1 AND b = $2 AND c = $3 AND d = $4 AND now()");
  expect(values).toEqual([1, 2, 3, 4]);
});

it("a part in a part, and one that is used twice", () => {
  const inner = sql`x = ${"i"}`;
  const outer = sql`(${inner} OR y = ${"o"})`;
  const { text, values } = sql`${outer} AND ${inner} AND z = ${"z"}`;
  expect(text).toBe("(x = $1 OR y = $2) AND x = $3 AND z = $4");
  expect(values).toEqual(["i", "o", "i", "z"]);
});

it("every value of an audit row is a parameter; only the expressions of the statement are text", () => {
  const by = { kind: "session", userId: "'); DROP TABLE audit_log; --", keyId: null, requestId: "'r'" } as const;
  const at = new Date(0);
  const { text, values } = audit(sql`made`, { action: "resource.created", by, target: { kind: "resource", id: sql`id` }, at });
  expect(text).not.toContain("DROP");
  expect(values).toEqual(["session", by.userId, null, "resource.created", "resource", "'r'", at]);
});
