/**
 * A team that gets another tier keeps its data, its passwords and its sessions, and its engines enforce the new limits. Changing twice
 * changes once, and a change whose jobs were lost on the way to the outbox is finished by the cron.
 */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { z } from "zod";
import { type OutboxJob, outboxJobSchema } from "../../contract/outbox.ts";
import { plans, type TeamTier } from "../../contract/plans.ts";
import { createNeonDatabase } from "../../worker/platform-db/neon.ts";
import { keepResource } from "../../worker/platform-db/resources.ts";
import { systemClock } from "../../worker/ports/clock.ts";
import { createLogger } from "../../worker/ports/log.ts";
import { changeTier } from "../../worker/services/tiers/change.ts";
import { newAccount } from "../support/accounts.ts";
import { query, withClient } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";
import { runCron } from "../support/stack.ts";

const EVERY_MINUTE = "* * * * *";
const SETTLED = { timeout: 20_000, interval: 100 };
const SYSTEM = { kind: "system", userId: null, keyId: null, requestId: null } as const;
const db = createNeonDatabase(stack.platformUrl, stack.sqlUrl);
const platform = (text: string, values: unknown[] = []) => query(stack.platformUrl, text, values);

/** Changes the tier as the Worker does, with an outbox that never hears of it: as after a crash between the two. */
async function changeAndCrash(teamId: string, tier: TeamTier): Promise<{ changed: boolean; jobs: OutboxJob[] }> {
  const jobs: OutboxJob[] = [];
  const enqueue = async (given: OutboxJob[]) => {
    jobs.push(...given);
    throw new Error("the Worker has stopped");
  };
  const outbox = { enqueue, state: async () => ({ due: 0, dead: 0, oldestDueSeconds: 0 }), revive: async () => [] };
  const deps = { database: db, outbox, clock: systemClock, log: createLogger(systemClock, () => undefined) };
  return { changed: await changeTier(deps, teamId, tier, "operator", SYSTEM), jobs };
}

async function teamOf(resourceId: string): Promise<string> {
  const [row] = await platform("SELECT team_id FROM resources WHERE id = $1", [resourceId]);
  return z.object({ team_id: z.uuid() }).parse(row).team_id;
}

/** Waits until the engine has what the row says. */
async function finishedByCron(id: string): Promise<void> {
  await platform("UPDATE resources SET changed_at = now() - interval '80 seconds' WHERE id = $1 AND limit_generation IS NOT NULL", [id]);
  await runCron(stack, EVERY_MINUTE);
  await expect
    .poll(async () => (await platform("SELECT limit_generation FROM resources WHERE id = $1", [id]))[0], SETTLED)
    .toEqual({
      limit_generation: null,
    });
}

async function connectionLimit(url: string): Promise<unknown> {
  const role = decodeURIComponent(new URL(url).username);
  return (await query(stack.tenantServerUrl, "SELECT rolconnlimit FROM pg_roles WHERE rolname = $1", [role]))[0]?.rolconnlimit;
}

const audited = (teamId: string) =>
  platform("SELECT details FROM audit_log WHERE team_id = $1 AND action = 'team.tier_changed' ORDER BY id", [teamId]);

it("up and down again: the limits follow on the engine, the data and open sessions stay, twice is once", async () => {
  const { created, bearer } = await newAccount(api);
  const { id, connection_url: url } = created;
  const teamId = await teamOf(id);
  await finishedByCron(id);
  expect(await connectionLimit(url)).toBe(plans.tiers.hobby.limits.postgres_connections);
  await withClient(url, async (client) => {
    await client.query("CREATE TABLE kept AS SELECT 1 AS one");
    for (const tier of ["pro", "hobby"] as const) {
      const first = await changeAndCrash(teamId, tier);
      expect(first.changed).toBe(true);
      expect(first.jobs.map((job) => outboxJobSchema.parse(job))).toMatchObject([
        { verb: "limit", resourceId: id, limits: { connections: plans.tiers[tier].limits.postgres_connections }, access: "full" },
      ]);
      expect(await changeAndCrash(teamId, tier)).toEqual({ changed: false, jobs: [] });
      await finishedByCron(id);
      expect(await connectionLimit(url)).toBe(plans.tiers[tier].limits.postgres_connections);
      expect((await client.query("SELECT one FROM kept")).rows).toEqual([{ one: 1 }]);
      const { body } = await api.call("GET", `/api/v1/resources/${created.token}`, { headers: bearer });
      expect(body).toMatchObject({ item: { tier } });
      const rows = await platform("SELECT t.tier, r.expires_at FROM teams t JOIN resources r ON r.team_id = t.id WHERE r.id = $1", [id]);
      expect(rows).toEqual([{ tier, expires_at: null }]);
    }
  });
  expect((await audited(teamId)).map(({ details }) => details)).toEqual([
    { from: "hobby", to: "pro", reason: "operator" },
    { from: "pro", to: "hobby", reason: "operator" },
  ]);
});

it("several changes at once end in one tier for the team and all it owns", async () => {
  const { created } = await newAccount(api);
  const teamId = await teamOf(created.id);
  const tiers = ["pro", "growth", "pro", "growth", "hobby_plus"] as const;
  await Promise.all(tiers.map((tier) => changeAndCrash(teamId, tier)));
  const rows = await platform(
    "SELECT t.tier AS team, r.tier AS resource FROM teams t JOIN resources r ON r.team_id = t.id WHERE t.id = $1",
    [teamId],
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]?.resource).toBe(rows[0]?.team);
  await finishedByCron(created.id);
  const { tier } = z.object({ tier: z.enum(tiers) }).parse((await platform("SELECT tier FROM teams WHERE id = $1", [teamId]))[0]);
  expect(await connectionLimit(created.connection_url)).toBe(plans.tiers[tier].limits.postgres_connections);
});

it("a create that began before the change ends in the new tier, with a limit job for its engine", async () => {
  const { created } = await newAccount(api);
  const teamId = await teamOf(created.id);
  await changeAndCrash(teamId, "pro");
  const now = new Date();
  const id = randomUUID();
  const begun = { id, kind: "postgres", tier: "hobby", env: "production", name: "late", teamId, admissionScope: `team:${teamId}` } as const;
  const secrets = { tokenHash: randomUUID(), tokenSealed: "sealed", grantSealed: "sealed" };
  const anonymous = { fingerprint: null, networkHash: null, asnHash: null };
  await keepResource(db, { ...begun, ...secrets, ...anonymous, createdAt: now, expiresAt: null }, SYSTEM);
  const [row] = await platform("SELECT tier, generation, limit_generation FROM resources WHERE id = $1", [id]);
  await platform("DELETE FROM resources WHERE id = $1", [id]);
  expect(row).toEqual({ tier: "pro", generation: 2, limit_generation: 2 });
});
