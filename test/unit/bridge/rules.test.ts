import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { JobOf } from "../../../contract/jobs.ts";
import { ruleChange, ruleCreate, ruleDrop } from "../../../provisioner-bridge/jobs/rules.ts";
import { Refusal } from "../../../provisioner-bridge/refusal.ts";
import type { TenantRow, TenantState } from "../../../provisioner-bridge/registry/tenants.ts";

const ID = randomUUID();
const LIMITS = { connections: 2, storage_mb: 10 };

function row(state: TenantState, generation: number, rotation = 0): TenantRow {
  const placed = { server: "pg", name: "t_x", secret_id: "s1", limits: LIMITS, proved_at: null };
  return { tenant_id: randomUUID(), resource_id: ID, engine: "postgres", ...placed, rotation, generation, access: "full", state };
}
const create = (generation: number): JobOf<"create"> => ({
  kind: "create",
  args: { engine: "postgres", resource_id: ID, generation, limits: LIMITS },
});
const drop = (generation: number): JobOf<"drop"> => ({ kind: "drop", args: { engine: "postgres", resource_id: ID, generation } });
const rotate = (generation: number, rotation: number): JobOf<"rotate"> => ({
  kind: "rotate",
  args: { engine: "postgres", resource_id: ID, generation, rotation },
});

/** The refusal's code, or "ok". */
function ruling(rule: () => unknown): string {
  try {
    rule();
    return "ok";
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

describe("a create", () => {
  test.each([
    ["a resource never seen", null, 1, "ok"],
    ["its own unfinished work", row("creating", 1), 1, "ok"],
    ["its own finished work", row("active", 1), 1, "ok"],
    ["a tenant changed since", row("active", 3), 1, "stale_generation"],
    ["an older tenant that was never dropped", row("active", 1), 2, "job_conflict"],
    ["a tenant that is going", row("dropping", 2), 1, "resource_gone"],
    ["a tombstone", row("dropped", 2), 1, "resource_gone"],
    ["a tombstone older than itself", row("dropped", 2), 3, "resource_gone"],
  ])("on %s", (_, tenant, generation, expected) => {
    expect(ruling(() => ruleCreate(tenant, create(generation)))).toBe(expected);
  });
});

describe("a drop", () => {
  test.each([
    ["a resource never seen", null, 1, "bury"],
    ["a tenant being made", row("creating", 1), 2, "drop"],
    ["an active tenant of its own generation", row("active", 1), 1, "drop"],
    ["a tenant that is going, whatever the generation", row("dropping", 5), 1, "drop"],
    ["a tombstone, whatever the generation", row("dropped", 5), 1, "nothing"],
  ])("on %s", (_, tenant, generation, expected) => {
    expect(ruleDrop(tenant, drop(generation)).act).toBe(expected);
  });

  test("on a tenant changed since is stale", () => {
    expect(ruling(() => ruleDrop(row("active", 3), drop(2)))).toBe("stale_generation");
  });
});

describe("a change", () => {
  test.each([
    ["a resource never seen", null, rotate(2, 1), "unknown_tenant"],
    ["a tenant being made", row("creating", 1), rotate(2, 1), "unknown_tenant"],
    ["an active tenant", row("active", 1), rotate(2, 1), "ok"],
    ["its own work", row("active", 2, 1), rotate(2, 1), "ok"],
    ["a newer generation", row("active", 3, 1), rotate(2, 1), "stale_generation"],
    ["a newer rotation", row("active", 2, 2), rotate(2, 1), "stale_generation"],
    ["a tenant that is going", row("dropping", 2), rotate(3, 1), "resource_gone"],
    ["a tombstone", row("dropped", 2), rotate(3, 1), "resource_gone"],
  ])("on %s", (_, tenant, job, expected) => {
    expect(ruling(() => ruleChange(tenant, job))).toBe(expected);
  });
});
