/** Where "too much" begins and ends, to the byte. Source: PRODUCT "over a limit". */
import { describe, expect, it } from "vitest";
import { ENGINES } from "../../../contract/engines.ts";
import { GROSS_EXCESS } from "../../../contract/excess.ts";
import type { Access } from "../../../contract/jobs.ts";
import type { ResourceKind } from "../../../contract/kinds.ts";
import { UNLIMITED } from "../../../contract/plans.ts";
import { isOverSize, judgeAccess } from "../../../worker/services/metering/excess.ts";

const LIMIT = 10 * 1_048_576;
const GROSS = GROSS_EXCESS * LIMIT;
const HARD = (ENGINES.postgres.softReadOnly?.hardCeilingTimes ?? 0) * LIMIT;
const judge = (kind: ResourceKind, bytes: number, access: Access) => judgeAccess({ kind, bytes, limitBytes: LIMIT }, access);

describe("over its size", () => {
  it.each([
    [LIMIT - 1, false],
    [LIMIT, false],
    [LIMIT + 1, true],
  ])("%i bytes of a limit of 10 MiB: %s", (bytes, expected) => expect(isOverSize({ bytes, limitBytes: LIMIT })).toBe(expected));

  it("is never what has no limit", () => expect(isOverSize({ bytes: 2 ** 50, limitBytes: UNLIMITED })).toBe(false));
});

describe("a tenant that may do everything", () => {
  it.each<[number, Access]>([
    [LIMIT + 1, "full"],
    [GROSS - 1, "full"],
    [GROSS, "full"],
    [GROSS + 1, "read_only"],
    [HARD - 1, "read_only"],
    [HARD, "read_only"],
    [HARD + 1, "none"],
  ])("with %i bytes: %s", (bytes, expected) => expect(judge("postgres", bytes, "full")).toBe(expected));

  it("keeps its door open where the engine itself refuses what would store more", () => {
    for (const kind of ["redis", "mongodb", "queue", "storage"] as const)
      expect(judge(kind, 1_000 * LIMIT, "full"), kind).toBe("read_only");
  });
});

describe("a tenant that is cut", () => {
  it.each<[Access, number, Access]>([
    ["read_only", GROSS - 1, "read_only"],
    ["read_only", LIMIT, "read_only"],
    ["read_only", LIMIT * 0.9, "read_only"],
    ["read_only", LIMIT * 0.9 - 1, "full"],
    ["none", HARD, "none"],
    ["none", HARD * 0.9, "none"],
    ["none", HARD * 0.9 - 1, "read_only"],
    ["none", LIMIT * 0.9 - 1, "full"],
  ])("%s with %i bytes: %s", (access, bytes, expected) => expect(judge("vector", bytes, access)).toBe(expected));

  it("is let go by a tier without a limit", () => {
    for (const access of ["read_only", "none"] as const)
      expect(judgeAccess({ kind: "postgres", bytes: 2 ** 50, limitBytes: UNLIMITED }, access)).toBe("full");
  });
});
