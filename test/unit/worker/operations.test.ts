import { describe, expect, it } from "vitest";
import { ENGINES } from "../../../contract/engines.ts";
import { healthSchema, READINESS_CACHE_MS, readinessSchema } from "../../../contract/readiness.ts";
import { provisionedDatabaseSchema } from "../../../worker/routes/provision/created-schemas.ts";
import { answerBinding } from "../../../worker/services/admission.ts";
import { reportOutbox } from "../../../worker/services/lifecycle/outbox.ts";
import { envelope, startApp } from "./support/ask.ts";
import { START_MS } from "./support/fake-deps.ts";

const matrix = async (response: Response) => ({ status: response.status, ...readinessSchema.parse(await response.json()) });

describe("GET /healthz", () => {
  it("names the build while the database answers, and fails when it does not", async () => {
    const { ask, database } = await startApp();
    const well = await ask("/healthz");
    expect([well.status, well.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(await well.json()).toEqual({ ok: true, commit_id: "abc1234", build_time: "2026-11-24T00:00:00.000Z", version: "0.1.0" });
    database.isDown = true;
    const ill = await ask("/healthz");
    expect([ill.status, healthSchema.parse(await ill.json()).ok]).toEqual([503, false]);
  });

  it("has a sister that touches nothing", async () => {
    const { ask, database } = await startApp();
    expect(await (await ask("/livez")).json()).toEqual({ alive: true });
    expect(database.asked).toBe(0);
  });
});

describe("GET /readyz", () => {
  it("shows every upstream when all is well", async () => {
    const { ask } = await startApp();
    const ready = await matrix(await ask("/readyz"));
    expect(ready).toMatchObject({ status: 200, ok: true, overall: "ok", commit_id: "abc1234" });
    expect(Object.keys(ready.checks).sort()).toEqual(
      [...Object.values(ENGINES).map(({ check }) => check), "platform_db", "provisioner_grpc", "brevo"].sort(),
    );
  });

  it("answers 503 when the platform database is away, and the log keeps the reason to itself", async () => {
    const { ask, database } = await startApp();
    database.isDown = true;
    const { status, ok, overall, checks } = await matrix(await ask("/readyz"));
    expect({ status, ok, overall }).toEqual({ status: 503, ok: false, overall: "down" });
    expect(checks.platform_db).toMatchObject({ status: "down", latency_ms: -1, message: "the platform database did not answer" });
    expect(checks.provisioner_grpc?.status).toBe("ok");
  });

  it("answers 503 when the bridge is away, and does not pretend to know the customers' databases", async () => {
    const { ask, bridge } = await startApp();
    bridge.ready = null;
    const { status, checks } = await matrix(await ask("/readyz"));
    expect(status).toBe(503);
    expect(checks.provisioner_grpc).toMatchObject({ status: "down", latency_ms: -1 });
    expect(checks.customer_db).toMatchObject({ status: "degraded", latency_ms: -1 });
  });

  it("answers 503 when the bridge says it cannot work", async () => {
    const { ask, bridge } = await startApp();
    if (bridge.ready) bridge.ready = { ...bridge.ready, ok: false, overall: "down" };
    expect((await matrix(await ask("/readyz"))).checks.provisioner_grpc?.status).toBe("down");
  });

  it.each([
    [1, "1 job has failed too often"],
    [3, "3 jobs have failed too often"],
  ])("degrades the provisioner while %i jobs of the outbox are dead, and the log holds the figures", async (dead, message) => {
    const { ask, deps, lines } = await startApp();
    deps.outbox.state = async () => ({ due: 7, dead, oldestDueSeconds: 90 });
    const { status, overall, checks } = await matrix(await ask("/readyz"));
    expect([status, overall]).toEqual([200, "degraded"]);
    expect(checks.provisioner_grpc).toMatchObject({ status: "degraded", message });
    expect(await reportOutbox(deps)).toBe(dead);
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ level: "warn", event: "outbox.state", due: 7, dead, oldestDueSeconds: 90 });
  });

  it("degrades the provisioner when the outbox does not answer, and leaves a worse state as it is", async () => {
    const { ask, deps, bridge, clock } = await startApp();
    deps.outbox.state = () => Promise.reject(new Error("out of reach"));
    expect((await matrix(await ask("/readyz"))).checks.provisioner_grpc).toMatchObject({
      status: "degraded",
      message: "the outbox did not answer",
    });
    clock.nowMs += READINESS_CACHE_MS;
    bridge.ready = null;
    expect((await matrix(await ask("/readyz"))).checks.provisioner_grpc?.status).toBe("down");
  });

  it("only degrades when the customers' databases are away", async () => {
    const { ask, bridge } = await startApp();
    const customer_db = { status: "down" as const, latency_ms: -1, last_checked: new Date(START_MS).toISOString(), message: "no answer" };
    if (bridge.ready) bridge.ready = { ...bridge.ready, overall: "degraded", checks: { customer_db } };
    expect(await matrix(await ask("/readyz"))).toMatchObject({ status: 200, ok: true, overall: "degraded", checks: { customer_db } });
  });

  it("degrades, and says why, when the bridge has no server of a kind", async () => {
    const { ask, bridge } = await startApp();
    if (bridge.ready) {
      const { mongodb: _absent, ...checks } = bridge.ready.checks;
      bridge.ready = { ...bridge.ready, checks };
    }
    const { status, overall, checks } = await matrix(await ask("/readyz"));
    expect([status, overall]).toEqual([200, "degraded"]);
    expect(checks.mongodb).toMatchObject({ status: "degraded", message: "switched off: no server of this kind is configured" });
  });

  it("asks the upstreams once in 12 seconds, however often it is asked", async () => {
    const { ask, clock, database } = await startApp();
    for (let request = 0; request < 5; request += 1) await ask("/readyz");
    clock.nowMs += READINESS_CACHE_MS - 1;
    await ask("/readyz");
    expect(database.asked).toBe(1);
    clock.nowMs += 1;
    await ask("/readyz");
    expect(database.asked).toBe(2);
  });
});

describe("the public keys", () => {
  it("are two sets, and neither holds a private half", async () => {
    const { ask } = await startApp();
    const [tokens, jobs] = await Promise.all(
      ["/.well-known/jwks.json", "/.well-known/jobs/jwks.json"].map(
        async (path) => (await ask(path)).json() as Promise<{ keys: object[] }>,
      ),
    );
    expect(tokens?.keys).toMatchObject([{ kty: "OKP", crv: "Ed25519", kid: "token-1", alg: "EdDSA", use: "sig" }]);
    expect(jobs?.keys).toMatchObject([{ kid: "job-1" }]);
    for (const key of [...(tokens?.keys ?? []), ...(jobs?.keys ?? [])]) expect(key).not.toHaveProperty("d");
  });
});

describe("the documentation", () => {
  it("is a page whose every script and style is ours and stands in a file", async () => {
    const { ask } = await startApp();
    for (const path of ["/docs", "/docs/idempotency"]) {
      const response = await ask(path);
      const text = await response.text();
      expect(response.headers.get("content-type")).toBe("text/html; charset=UTF-8");
      expect(response.headers.get("content-security-policy")).toContain("script-src 'self'");
      expect(text).toMatch(/^<!DOCTYPE html><html/);
      expect(text).not.toMatch(/<style|<script>| style=| on\w+=|https?:\/\/(?!api\.test\.example)/);
    }
  });

  it("shows the rules with the address of this very server", async () => {
    const { ask } = await startApp();
    const text = await (await ask("/docs/idempotency")).text();
    expect(text).toContain("curl -X POST https://api.test.example/db/new");
    for (const rule of [
      "idempotency_key_conflict",
      "idempotency_key_in_progress",
      "invalid_idempotency_key",
      "24 hours",
      "X-Idempotent-Replay",
    ]) {
      expect(text).toContain(rule);
    }
  });

  it.each([
    ["/openapi.json", "application/json"],
    ["/docs/style.css", "text/css; charset=utf-8"],
    ["/docs/reference.js", "text/javascript; charset=utf-8"],
  ])("serves %s with its type, also from a store that knows none", async (path, type) => {
    const { ask } = await startApp();
    const response = await ask(path);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, type]);
    expect(await response.text()).not.toBe("");
  });

  it.each(["/docs/missing.css", "/docs/..%2fopenapi.json", "/docs/x.svg", "/docs/.css", "/docs/a%2fb.css", "/docs/.hidden.css"])(
    "has no %s",
    async (path) => {
      const { ask } = await startApp();
      expect((await envelope(await ask(path))).error).toBe("not_found");
    },
  );
});

describe("claim links", () => {
  it.each([
    ["/start", "/claim"],
    ["/start?t=", "/claim?t="],
    ["/start?t=abc.def", "/claim?t=abc.def"],
    ["/start?t=a%26b%0d%0aX:1", "/claim?t=a%26b%0D%0AX%3A1"],
  ])("%s leads to %s, whatever the token", async (path, location) => {
    const { ask } = await startApp();
    const response = await ask(path);
    expect([response.status, response.headers.get("location")]).toEqual([302, location]);
  });

  it.each([
    ["/claim/preview", "missing_token"],
    ["/claim/preview?t=", "missing_token"],
    ["/claim/preview?t=%20", "missing_token"],
    ["/claim/preview?t=nonsense", "invalid_token"],
  ])("%s is 400 %s", async (path, code) => {
    const { ask } = await startApp();
    const response = await ask(path);
    expect([response.status, (await envelope(response)).error]).toEqual([400, code]);
  });
});

describe("a create's answer", () => {
  it("is what the document promises, and says where to keep it", async () => {
    const { create, deps } = await startApp();
    const response = await create('{"name":"prod-db"}', { "CF-Connecting-IP": "203.0.113.7" });
    const answer = provisionedDatabaseSchema.strict().parse(await response.json());
    expect(response.headers.get("x-instant-upgrade")).toBe(answer.upgrade);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.has("x-idempotent-replay")).toBe(false);
    expect(answer.claim_url).toBe(answer.upgrade);
    const claim = await deps.tokens.verifyClaimable(new URL(answer.upgrade ?? "").searchParams.get("t") ?? "");
    expect(claim).toMatchObject({ kind: "claim", resourceId: answer.id });
    expect(await deps.tokens.verifyClaimable(answer.upgrade_jwt ?? "")).toMatchObject({ kind: "upgrade", resourceToken: answer.token });
  });

  it("goes out byte for byte on a replay, and says that it is one", async () => {
    const { create, admission, deps } = await startApp();
    const headers = { "Idempotency-Key": crypto.randomUUID() };
    const first = await (await create('{"name":"prod-db"}', headers)).text();
    const sealedBody = await deps.sealer.seal(first, answerBinding("local", "POST /db/new"));
    const object = admission.of("local");
    admission.of = () => ({
      ...object,
      admit: async () => ({ rate: null, daily: null, outcome: "replay", answer: { status: 201, sealedBody } }),
    });
    const replay = await create('{"name":"prod-db"}', headers);
    expect([replay.status, replay.headers.get("x-idempotent-replay"), await replay.text()]).toEqual([201, "true", first]);
  });
});
