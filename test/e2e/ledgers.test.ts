/** Audit rows name their target, and the version before this one still reads and writes both ledgers (migration 0008). */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { z } from "zod";
import { freshEmail, newAccount, newApiKey } from "../support/accounts.ts";
import { freshCaller } from "../support/callers.ts";
import { query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

const HOME = "(SELECT home_team_id FROM users WHERE email = $1)";

it("every entry names what was changed, and a failed change leaves none", async () => {
  const account = await newAccount(api, { caller: freshCaller() });
  const key = await newApiKey(api, account, ["read"]);
  await api.call("POST", `/api/v1/resources/${account.created.token}/rotate-credentials`, { headers: account.bearer });
  await api.call("DELETE", `/api/v1/auth/api-keys/${key.id}`, { headers: account.bearer });
  await api.call("DELETE", `/api/v1/auth/api-keys/${key.id}`, { headers: account.bearer });
  await api.call("POST", "/auth/logout", { headers: account.bearer });
  const rows = z
    .array(z.object({ action: z.string(), target_kind: z.string(), target_id: z.uuid(), resource_id: z.uuid().nullable() }))
    .parse(await query(stack.platformUrl, `SELECT * FROM audit_log WHERE team_id = ${HOME} ORDER BY id`, [account.email]));
  expect(rows.map(({ action, target_kind }) => `${action} ${target_kind}`)).toEqual([
    "team.created team",
    "resource.claimed resource",
    "session.opened session",
    "api_key.created api_key",
    "resource.rotated resource",
    "api_key.revoked api_key",
    "session.ended session",
  ]);
  for (const { target_kind, target_id, resource_id } of rows) expect(resource_id).toBe(target_kind === "resource" ? target_id : null);
  expect(rows.filter(({ target_kind }) => target_kind === "api_key").map(({ target_id }) => target_id)).toEqual([key.id, key.id]);
});

it("an audit row of the version before is shown with its resource", async () => {
  const account = await newAccount(api, { caller: freshCaller() });
  await query(
    stack.platformUrl,
    `INSERT INTO audit_log (team_id, actor_kind, action, resource_id, created_at) VALUES (${HOME}, 'system', 'resource.paused', $2, now())`,
    [account.email, account.created.id],
  );
  const { body } = await api.call("GET", "/api/v1/audit?limit=1", { headers: account.bearer });
  expect(body).toMatchObject({ items: [{ kind: "resource.paused", resource_id: account.created.id, resource_type: "postgres" }] });
});

const oldColumns = z.object({
  kind: z.string(),
  resource_id: z.string().nullable(),
  fingerprint: z.string().nullable(),
  rotate: z.boolean(),
});
const mailOf = async (email: string) =>
  z.array(oldColumns.loose()).parse(await query(stack.platformUrl, "SELECT * FROM forwarder_sent WHERE email = $1", [email]));

it("a mail is the same to both versions, whichever wrote it", async () => {
  const created = await api.create();
  const [email, resourceId] = [freshEmail(), randomUUID()];
  await api.call("POST", "/claim", { body: { token: created.upgrade_jwt, email, rotate: true, team_name: "ours" } });
  expect(await mailOf(email)).toMatchObject([{ kind: "claim", resource_id: created.id, team_name: "ours", rotate: true }]);
  const old = freshEmail();
  // The statement of the version before, with its own unique index.
  const remind = () =>
    query(
      stack.platformUrl,
      `INSERT INTO forwarder_sent (id, kind, email, resource_id, fingerprint, rotate, reminder_hours, classification, attempts, created_at)
       VALUES (gen_random_uuid(), 'claim_reminder', $1, $2, 'f', true, 6, 'failed', 0, now())
       ON CONFLICT (resource_id, reminder_hours) WHERE kind = 'claim_reminder' DO NOTHING`,
      [old, resourceId],
    );
  await remind();
  await remind();
  const about = { kind: "claim_reminder", resource_id: resourceId, fingerprint: "f", team_name: null, rotate: true, hours: 6 };
  expect((await mailOf(old)).map((row) => row.about)).toEqual([about]);
});
