/** What becomes of queues, and of everything else, when their server is away, is not there, or has no operator. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { readinessSchema } from "../../contract/readiness.ts";
import { createdFields, expectError } from "../support/answers.ts";
import { type Api, apiOf } from "../support/api.ts";
import { freshCaller } from "../support/callers.ts";
import { registryRow, resourceRow } from "../support/inspect.ts";
import { expectNoLeaks } from "../support/leaks.ts";
import { startTestNats, type TestNats } from "../support/nats.ts";
import { outcomeOf, queueSchema, useQueue, withQueue } from "../support/nats-client.ts";
import { expectOutageOfItsKindAlone } from "../support/outage.ts";
import { query } from "../support/postgres-client.ts";
import { startTestStack, type TestStack } from "../support/stack.ts";

const NAME = { name: "jobs-queue" };
/** The readiness matrix is kept for a second. */
const READINESS_MS = 25_000;
const DROP_MS = 20_000;

const checkOf = async (api: Api) => readinessSchema.parse((await api.call("GET", "/readyz")).body).checks.nats;

describe("a NATS server that is down", () => {
  let own: TestStack;
  let api: Api;
  beforeAll(async () => {
    own = await startTestStack({ engines: ["postgres", "nats"] });
    api = apiOf(own.facts);
  });
  afterAll(async () => {
    if (own) await expectNoLeaks(own.facts).finally(() => own.dispose());
  });

  it("takes only its own kind down; when it is back, queues work again, the old ones too", async () => {
    const queue = async () => api.call("POST", "/queue/new", { body: NAME, caller: freshCaller() });
    const before = queueSchema.parse((await queue()).body);
    await expectOutageOfItsKindAlone({ stack: own, service: "nats", path: "/queue/new", check: "nats" });
    const healed = await queue();
    expect([await useQueue(queueSchema.parse(healed.body)), await useQueue(before)]).toEqual(["ok", "ok"]);
    await vi.waitFor(async () => expect(await checkOf(api)).toMatchObject({ status: "ok" }), { timeout: READINESS_MS, interval: 500 });
  });
});

describe("a server without an operator key", () => {
  let server: TestNats;
  let own: TestStack;
  let api: Api;
  beforeAll(async () => {
    server = await startTestNats({ open: true });
    own = await startTestStack({ engines: ["postgres"], bridgeEnv: server.env });
    api = apiOf(own.facts);
  });
  afterAll(async () => {
    if (own) await expectNoLeaks(own.facts).finally(() => own.dispose());
    await server?.dispose();
  });

  /** No `credentials` at all: no null, no empty object. Source: live-api section 5, 11. */
  const openQueueSchema = z.strictObject({
    ...createdFields,
    ...queueSchema.omit({ credentials: true }).shape,
    auth_mode: z.literal("legacy_open"),
    limits: z.strictObject({ storage_mb: z.number().int(), expires_in: z.literal("24h") }),
  });

  it("answers legacy_open: connect with the URL alone; what lies under the prefix goes with the queue", async () => {
    const created = await api.provision("/queue/new", openQueueSchema, NAME);
    const neighbour = await api.provision("/queue/new", openQueueSchema, NAME);
    expect(await outcomeOf(withQueue(created, async () => {}))).toBe("ok");
    expect(await useQueue(created)).toBe("ok");
    await query(own.facts.platformUrl, "UPDATE resources SET expires_at = now() - interval '1 second' WHERE id = $1", [created.id]);
    await own.runCron("* * * * *");
    await vi.waitFor(async () => expect(await resourceRow(own.facts, created.id)).toMatchObject({ status: "dropped" }), {
      timeout: DROP_MS,
      interval: 50,
    });
    expect(await registryRow(own.facts, created.id)).toMatchObject({ state: "dropped" });
    // Its stream is gone: the same name is free for the neighbour.
    expect(await useQueue(neighbour)).toBe("ok");
    expect(await checkOf(api)).toMatchObject({ status: "ok" });
  });
});

describe("no NATS server at all", () => {
  it("answers service_disabled, and the rest works", async () => {
    const own = await startTestStack({ engines: ["postgres"] });
    try {
      const api = apiOf(own.facts);
      expectError(await api.call("POST", "/queue/new", { body: NAME, caller: freshCaller() }), "service_disabled");
      expect((await api.post({ name: "prod-db" }, { caller: freshCaller() })).status).toBe(201);
      expect(await checkOf(api)).toMatchObject({ status: "degraded" });
    } finally {
      await own.dispose();
    }
  });
});
