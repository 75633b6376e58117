/** `POST /queue/new`: the documented answer, and credentials every NATS client takes in the very moment it arrives. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { jwtAuthenticator } from "@nats-io/nats-core";
import { connect as connectOverWebSocket, credsAuthenticator as credsOverWebSocket } from "nats.ws";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { ErrorCode } from "../../contract/errors.ts";
import { plans } from "../../contract/plans.ts";
import { allowances, createdFields, expectError } from "../support/answers.ts";
import { freshKey } from "../support/api.ts";
import { freshCaller } from "../support/callers.ts";
import { registryRow, resourceRow } from "../support/inspect.ts";
import {
  openQueue,
  openQueueOverWebSocket,
  outcomeOf,
  queueCredentialsSchema,
  queueSchema,
  useQueue,
  withQueue,
  workOnce,
} from "../support/nats-client.ts";
import { expectNothingMade } from "../support/nothing-made.ts";
import { query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";
import { runShell } from "../support/shell.ts";
import { runCron } from "../support/stack.ts";

const { queue_storage_mb, provisions_per_day } = plans.tiers.anonymous.limits;
const DROP_MS = 20_000;

/** Exactly the documented fields. Source: the documentation, "NATS queue credentials"; live-api 2.2. */
const createdQueueSchema = z.strictObject({
  ...createdFields,
  ...queueSchema.shape,
  auth_mode: z.literal("isolated"),
  credentials: queueCredentialsSchema,
  limits: z.strictObject({ storage_mb: z.literal(queue_storage_mb), expires_in: z.literal("24h") }),
});
type CreatedQueue = z.infer<typeof createdQueueSchema>;

const create = (options: Parameters<typeof api.provision>[2] = {}): Promise<CreatedQueue> =>
  api.provision("/queue/new", createdQueueSchema, options);
const post = (body: unknown, headers: Record<string, string> = {}) => api.call("POST", "/queue/new", { body, headers });
const jwtOf = ({ credentials }: CreatedQueue) => jwtAuthenticator(credentials.nats_jwt, new TextEncoder().encode(credentials.nats_nkey));

describe("the documentation", () => {
  it.each(["bash", "sh"] as const)("its curl, pasted into %s, answers a queue", async (shell) => {
    const curl = `curl -X POST https://api.instanode.dev/queue/new \\\n-H "Content-Type: application/json" \\\n-d '{"name":"jobs-queue"}'`;
    const { stdout, exitCode } = await runShell(curl, { apiUrl: stack.apiUrl, shell });
    expect(exitCode).toBe(0);
    const created = createdQueueSchema.parse(JSON.parse(stdout));
    expect(created).toMatchObject({ name: "jobs-queue", auth_mode: "isolated", credentials: { auth_mode: "isolated" } });
    expect(created.credentials.creds_file.startsWith("-----BEGIN NATS USER JWT-----\n")).toBe(true);
    expect(await useQueue(created)).toBe("ok");
  });

  it("(nats_jwt, nats_nkey) and the creds file, written to disk, both open it; the URL alone does not", async () => {
    const created = await create();
    expect(await outcomeOf(openQueue(created, { authenticator: jwtOf(created) }).then((one) => one.close()))).toBe("ok");
    const file = join(tmpdir(), `${created.id}.creds`);
    writeFileSync(file, created.credentials.creds_file, { mode: 0o600 });
    try {
      const connection = await connectOverWebSocket({
        servers: stack.queueWebSocketUrl,
        authenticator: credsOverWebSocket(readFileSync(file)),
      });
      await connection.close();
    } finally {
      rmSync(file);
    }
    const { credentials: _, ...withoutCredentials } = created;
    expect(await outcomeOf(openQueue(withoutCredentials))).not.toBe("ok");
  });

  it("the tenant's JWT only permits the subject_prefix.* namespace, and a cross-tenant publish is denied at the server", async () => {
    const [mine, theirs] = [await create(), await create({ caller: freshCaller() })];
    await withQueue(mine, async (connection) => {
      expect(await outcomeOf(connection.request(`${theirs.subject_prefix}.jobs`, "x", { timeout: 1_000 }))).toContain(
        "Permissions Violation",
      );
      const own = connection.subscribe(`${mine.subject_prefix}.*`, { max: 1 });
      connection.publish(`${mine.subject_prefix}.jobs`, "hello");
      for await (const message of own) expect(message.string()).toBe("hello");
    });
  });
});

describe("in the very moment of the answer", () => {
  it("the credentials work over TCP: a stream, an acknowledged message, a pull consumer", async () => {
    for (let tries = 0; tries < 5; tries += 1) expect(await useQueue(await create())).toBe("ok");
  });

  it("and over WebSocket, with nats.ws and with the newer client", async () => {
    const created = await create();
    const authenticator = credsOverWebSocket(new TextEncoder().encode(created.credentials.creds_file));
    const connection = await connectOverWebSocket({ servers: stack.queueWebSocketUrl, authenticator });
    await (await connection.jetstreamManager()).streams.add({ name: "S", subjects: [`${created.subject_prefix}.s`] });
    expect((await connection.jetstream().publish(`${created.subject_prefix}.s`, new TextEncoder().encode("x"))).seq).toBe(1);
    await connection.close();
    const newer = await openQueueOverWebSocket(created, stack.queueWebSocketUrl);
    expect(await outcomeOf(workOnce(created.subject_prefix)(newer))).toBe("ok");
    await newer.close();
  });

  it("every connection of the tier can be opened at once, and one more cannot", async () => {
    const created = await create();
    const { queue_connections } = plans.tiers.anonymous.limits;
    const open = await Promise.all(Array.from({ length: queue_connections }, () => openQueue(created)));
    expect(await outcomeOf(openQueue(created))).not.toBe("ok");
    await Promise.all(open.map((connection) => connection.close()));
  });

  it("internal_url works too", async () => {
    const created = await create();
    expect(await useQueue({ ...created, connection_url: created.internal_url })).toBe("ok");
  });
});

describe("POST /queue/new has the rules of every create", () => {
  it.each([
    ["no name", {}, "name_required"],
    ["a blank name", { name: " " }, "name_required"],
    ["a bad name", { name: "-queue" }, "invalid_name"],
    ["65 characters", { name: "x".repeat(65) }, "invalid_name"],
    ["a bad env", { name: "jobs", env: "A" }, "invalid_env"],
    ["no JSON", "name=jobs", "invalid_body"],
  ] as [string, unknown, ErrorCode][])("%s", async (_what, body, code) => {
    await expectNothingMade(stack, async () => expectError(await post(body), code));
  });

  it("a bad bearer is refused, never taken for none", async () => {
    await expectNothingMade(stack, async () => expectError(await post({ name: "jobs" }, { Authorization: "Bearer x" }), "unauthorized"));
  });

  it("unknown keys are named, and a key makes a retry safe: for this route and this caller", async () => {
    const key = freshKey();
    const headers = { "Idempotency-Key": key };
    const body = { name: "jobs", subjects: ["a"], retention: "workqueue" };
    const first = await post(body, headers);
    expect(createdQueueSchema.parse(first.body).ignored_fields).toEqual(["retention", "subjects"]);
    const replay = await post(body, headers);
    expect([replay.status, replay.text, replay.headers.get("x-idempotent-replay")]).toEqual([201, first.text, "true"]);
    expectError(await post({ name: "other" }, headers), "idempotency_key_conflict");
    const database = await api.post({ name: "jobs" }, { headers });
    expect([database.status, database.headers.get("x-idempotent-replay")]).toEqual([201, null]);
    expect(allowances(database).provisions?.remaining).toBe(provisions_per_day - 2);
    const neighbour = await api.call("POST", "/queue/new", { body, headers, caller: freshCaller() });
    expect(createdQueueSchema.parse(neighbour.body).id).not.toBe(createdQueueSchema.parse(first.body).id);
  });

  it("its kind shows in the preview of a claim", async () => {
    const { upgrade_jwt } = await create();
    const preview = await api.call("GET", `/claim/preview?t=${upgrade_jwt}`);
    expect(preview.body).toMatchObject({ items: [{ subject: true, resource_type: "queue" }] });
  });
});

describe("a queue whose time is over", () => {
  it("is dropped by the cron: its connections end, its credentials open nothing, no secret stays", async () => {
    const [over, young] = [await create(), await create()];
    const connection = await openQueue(over);
    await (await jetstreamManager(connection)).streams.add({ name: "S", subjects: [`${over.subject_prefix}.s`] });
    await query(stack.platformUrl, "UPDATE resources SET expires_at = now() - interval '1 second' WHERE id = $1", [over.id]);
    await runCron(stack, "* * * * *");
    await vi.waitFor(async () => expect(await resourceRow(stack, over.id)).toMatchObject({ status: "dropped" }), {
      timeout: DROP_MS,
      interval: 50,
    });
    await connection.closed();
    expect(await outcomeOf(openQueue(over))).not.toBe("ok");
    expect(await registryRow(stack, over.id)).toMatchObject({ state: "dropped", generation: 2 });
    const [row] = await query(stack.platformUrl, "SELECT token_hash, token_sealed, grant_sealed FROM resources WHERE id = $1", [over.id]);
    expect(row).toEqual({ token_hash: null, token_sealed: null, grant_sealed: null });
    expect(await useQueue(young)).toBe("ok");
  });
});
