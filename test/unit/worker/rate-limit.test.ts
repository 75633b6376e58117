import { describe, expect, it } from "vitest";
import { plans } from "../../../contract/plans.ts";
import { envelope, startApp } from "./support/ask.ts";

const LIMIT = plans.tiers.anonymous.limits.requests_per_minute;
const CAP = plans.tiers.anonymous.limits.provisions_per_day;
const CALLER = { "CF-Connecting-IP": "203.0.113.7" };

describe("the rate limit", () => {
  it("answers 429 to the first request beyond it, and says when to come back", async () => {
    const { ask, admission } = await startApp();
    for (let request = 1; request <= LIMIT; request += 1) {
      const response = await ask("/nope", { headers: CALLER });
      expect(response.status).toBe(404);
      expect(response.headers.get("ratelimit-policy")).toBe(`"default";q=${LIMIT};w=60`);
      expect(response.headers.get("ratelimit")).toBe(`"default";r=${LIMIT - request};t=42`);
    }
    const refused = await ask("/healthz", { headers: CALLER });
    expect([refused.status, refused.headers.get("retry-after"), refused.headers.get("ratelimit")]).toEqual([
      429,
      "42",
      '"default";r=0;t=42',
    ]);
    expect(await envelope(refused)).toMatchObject({ error: "rate_limited", retry_after_seconds: 42 });
    expect((await ask("/nope", { headers: { "CF-Connecting-IP": "203.0.113.8" } })).status).toBe(404);
    expect(new Set(admission.scopes).size).toBe(2);
  });

  it("counts every create once: in its admission, or here when it never got that far", async () => {
    const { create, admission } = await startApp();
    const used = () => [...admission.counts.values()].reduce((sum, count) => sum + count, 0);
    expect((await create('{"name":"a"}', CALLER)).status).toBe(201);
    expect(used()).toBe(1);
    expect((await create("{}", CALLER)).status).toBe(400);
    expect(used()).toBe(2);
    expect((await create('{"name":"a"}', { ...CALLER, Authorization: "x" })).status).toBe(401);
    expect(used()).toBe(3);
  });

  it("stops a stream of malformed creates like any other", async () => {
    const { create } = await startApp();
    const statuses: number[] = [];
    for (let request = 0; request <= LIMIT; request += 1) statuses.push((await create("{", CALLER)).status);
    expect(statuses.slice(-2)).toEqual([400, 429]);
  });

  it("shows the day's allowance beside the minute's on creates", async () => {
    const { create } = await startApp();
    const response = await create('{"name":"a"}', CALLER);
    expect(response.headers.get("ratelimit-policy")).toBe(`"default";q=${LIMIT};w=60, "provisions";q=${CAP};w=86400`);
    expect(response.headers.get("ratelimit")).toBe(`"default";r=${LIMIT - 1};t=42, "provisions";r=${CAP - 1};t=43200`);
  });

  it("does not touch the local caller, who has no limit and no headers", async () => {
    const { ask, create, admission } = await startApp();
    const responses = [await ask("/nope"), await ask("/"), await create('{"name":"a"}')];
    expect(responses.map(({ headers }) => headers.has("ratelimit"))).toEqual([false, false, false]);
    expect(admission.counts.size).toBe(0);
    expect(admission.admitted[0]).toMatchObject({ ratePerMinute: null, dailyCap: null });
  });

  it("gives everybody without an address one budget where there is a platform that sends addresses", async () => {
    const { ask, admission } = await startApp({ localCaller: false });
    await ask("/nope");
    await ask("/nope", { headers: { "CF-Connecting-IP": "nonsense" } });
    await ask("/nope", { headers: { "X-Forwarded-For": "203.0.113.7" } });
    expect([...admission.counts]).toEqual([["unknown", 3]]);
  });

  it("lets requests through and says so in the log when the counter is out of reach, but makes nothing", async () => {
    const { ask, create, admission, lines } = await startApp();
    admission.isDown = true;
    expect((await ask("/nope", { headers: CALLER })).status).toBe(404);
    expect(lines.join("\n")).toContain("rate_limit.unavailable");
    expect((await envelope(await create('{"name":"a"}', CALLER))).error).toBe("admission_unavailable");
  });

  it.each(["/api/v1/capabilities", "/pricing", "/docs", "/docs/style.css", "/.well-known/jwks.json"])(
    "counts %s, and does not tell whoever a cache hands it to what this caller has left",
    async (path) => {
      const { ask, admission } = await startApp();
      const response = await ask(path, { headers: CALLER });
      expect(response.headers.get("cache-control")).toMatch(/^public, max-age=\d+$/);
      expect([...response.headers.keys()].filter((name) => name.startsWith("ratelimit"))).toEqual([]);
      expect([...admission.counts.values()]).toEqual([1]);
      expect((await ask("/nope", { headers: CALLER })).headers.get("ratelimit")).toBe(`"default";r=${LIMIT - 2};t=42`);
    },
  );

  it("never counts the liveness probe", async () => {
    const { ask, admission } = await startApp();
    expect((await ask("/livez", { headers: CALLER })).status).toBe(200);
    expect(admission.counts.size).toBe(0);
  });
});
