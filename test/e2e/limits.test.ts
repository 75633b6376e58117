/** Limits are hard stops at their exact number, counted for one caller alone, and each says when to come back. */
import { describe, expect, it, vi } from "vitest";
import { plans } from "../../contract/plans.ts";
import { allowances, createdSchema, expectError } from "../support/answers.ts";
import { freshKey } from "../support/api.ts";
import { type Caller, freshCaller, freshIpv4Caller, freshIpv4Network, freshNetwork, LOCAL } from "../support/callers.ts";
import { expectNothingMade } from "../support/nothing-made.ts";
import { api, stack } from "../support/shared-stack.ts";

const { provisions_per_day: CAP, requests_per_minute: RATE } = plans.tiers.anonymous.limits;
const NAME = { name: "prod-db" };
const DAY_MS = 86_400_000;
const CLOCK_SLACK_SECONDS = 5;
/** Counted, and as cheap as a route can be. */
const CHEAP = "/healthz";

const msToMidnight = () => DAY_MS - (Date.now() % DAY_MS);

/** A cap of a day cannot be counted across midnight: just before it, the day after it is waited for. */
async function untilDayIsLong(): Promise<void> {
  const NEAR_MIDNIGHT_MS = 30_000;
  await vi.waitFor(() => expect(msToMidnight()).toBeGreaterThan(NEAR_MIDNIGHT_MS), { timeout: NEAR_MIDNIGHT_MS + 1_000, interval: 500 });
}

const times = <T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));
const remaining = async (caller: Caller, headers = {}) => allowances(await api.call("GET", CHEAP, { caller, headers })).default?.remaining;

describe("creates per day", () => {
  it(`takes ${CAP}, counts them down, and refuses the next with a link that holds no token`, async () => {
    await untilDayIsLong();
    for (let used = 1; used <= CAP; used += 1) {
      const answer = await api.post(NAME);
      expect(answer.status, answer.text).toBe(201);
      expect(allowances(answer).provisions?.remaining).toBe(CAP - used);
    }
    await expectNothingMade(stack, async () => {
      const answer = await api.post(NAME);
      const wait = Number(answer.headers.get("retry-after"));
      const envelope = expectError(answer, "provision_limit_reached", { retryAfter: wait });
      expect(Math.abs(wait - msToMidnight() / 1_000)).toBeLessThan(CLOCK_SLACK_SECONDS);
      expect(envelope.claim_url).toBe(`${stack.publicUrl}/start`);
      expect(envelope.upgrade_url).toBe(`${stack.publicUrl}/pricing`);
      expect(allowances(answer).provisions).toEqual({ remaining: 0, resetsInSeconds: wait });
    });
  });

  it(`lets exactly ${CAP} of ${CAP + 5} at once through`, async () => {
    await untilDayIsLong();
    const answers = await times(CAP + 5, () => api.post(NAME));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(CAP);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(5);
    expect(new Set(answers.flatMap(({ status, body }) => (status === 201 ? [createdSchema.parse(body).id] : []))).size).toBe(CAP);
  });

  it("is not used up by refusals, and does not stand in the way of a replay", async () => {
    await untilDayIsLong();
    const key = { "Idempotency-Key": freshKey() };
    const first = await api.post(NAME, { headers: key });
    expectError(await api.post({ name: "?" }), "invalid_name");
    expectError(await api.post(NAME, { headers: { "Idempotency-Key": "short" } }), "invalid_idempotency_key");
    expectError(await api.post(NAME, { headers: { Authorization: "Bearer x" } }), "unauthorized");
    const others = await times(CAP - 1, () => api.post(NAME));
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 201));
    expect((await api.post(NAME)).status).toBe(429);
    const replay = await api.post(NAME, { headers: key });
    expect([replay.status, replay.text]).toEqual([201, first.text]);
  });

  it("has no hold on the local caller", async () => {
    const answers = await times(CAP + 2, () => api.post(NAME, { caller: LOCAL }));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(answers.map(({ headers }) => headers.get("ratelimit"))).toEqual(answers.map(() => null));
  });
});

describe("requests per minute", () => {
  it(`takes ${RATE} of one caller, whatever they ask for, and refuses the next`, async () => {
    const caller = freshCaller();
    await times(RATE - 4, () => api.call("GET", CHEAP, { caller }));
    // Unknown paths and refused creates are not free.
    expectError(await api.call("GET", "/none", { caller }), "not_found");
    expectError(await api.post({ name: "?" }, { caller }), "invalid_name");
    const before = await api.call("GET", CHEAP, { caller });
    expect(before.status).toBe(200);
    expect(allowances(before).default?.remaining).toBe(1);
    const last = await api.post(NAME, { caller });
    expect(last.status, last.text).toBe(201);
    expect(allowances(last).default?.remaining).toBe(0);

    await expectNothingMade(stack, async () => {
      for (const answer of [
        await api.call("GET", CHEAP, { caller }),
        await api.post(NAME, { caller }),
        await api.call("GET", "/none", { caller }),
      ]) {
        const wait = Number(answer.headers.get("retry-after"));
        expectError(answer, "rate_limited", { retryAfter: wait });
        expect(wait).toBeGreaterThan(0);
        expect(wait).toBeLessThanOrEqual(60);
        expect(allowances(answer).default).toEqual({ remaining: 0, resetsInSeconds: wait });
        expect(answer.headers.get("ratelimit-policy")).toContain(`"default";q=${RATE};w=60`);
      }
    });
    // Its own budget is gone; the probe of a load balancer and everybody else go on.
    expect((await api.call("GET", "/livez", { caller })).status).toBe(200);
    expect(await remaining(freshCaller())).toBe(RATE - 1);
  });

  it(`lets exactly ${RATE} of ${RATE + 20} at once through`, async () => {
    const caller = freshCaller();
    const answers = await times(RATE + 20, () => api.call("GET", CHEAP, { caller }));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(RATE);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
  });

  it("does not count the local caller", async () => {
    const answers = await times(RATE + 20, () => api.call("GET", CHEAP, { caller: LOCAL }));
    expect(answers.filter(({ status, headers }) => status === 200 && headers.get("ratelimit") === null)).toHaveLength(RATE + 20);
  });
});

describe("who a caller is", () => {
  it("is not for X-Forwarded-For and its like to say", async () => {
    const caller = freshCaller();
    const lies = [
      "X-Forwarded-For",
      "X-Real-IP",
      "True-Client-IP",
      "Forwarded",
      "CF-Connecting-IPv6",
      "CF-Pseudo-IPv4",
      "Fastly-Client-IP",
    ];
    for (const [used, name] of lies.entries()) {
      expect(await remaining(caller, { [name]: name === "Forwarded" ? `for=${freshIpv4Caller()}` : freshCaller() })).toBe(RATE - 1 - used);
    }
    expect(await remaining(LOCAL, { "X-Forwarded-For": freshCaller() })).toBeUndefined();
  });

  it("is one for a whole IPv6 /64, and another in the next", async () => {
    const network = freshNetwork();
    expect(await remaining(`${network}:1::1`)).toBe(RATE - 1);
    expect(await remaining(`${network}:1:ffff:ffff:ffff:ffff`)).toBe(RATE - 2);
    expect(await remaining(`${network.toUpperCase()}:0001::2`)).toBe(RATE - 3);
    expect(await remaining(`${network}:2::1`)).toBe(RATE - 1);
  });

  it("is each IPv4 address, also when it is written as IPv6", async () => {
    const network = freshIpv4Network();
    expect(await remaining(`${network}.1`)).toBe(RATE - 1);
    expect(await remaining(`${network}.2`)).toBe(RATE - 1);
    expect(await remaining(`::ffff:${network}.1`)).toBe(RATE - 2);
  });

  it("is the local one on loopback", async () => {
    for (const caller of ["127.0.0.1", "::1"]) expect(await remaining(caller)).toBeUndefined();
  });

  it("is nobody for the address other zones' Workers share: it has a rate, but no daily cap and no common fingerprint", async () => {
    const shared = `2a06:98c0:3600:${freshCaller().slice(5, 9)}::103`;
    const answers = await times(CAP + 1, () => api.post(NAME, { caller: shared }));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    const [jwt] = answers.map(({ body }) => createdSchema.parse(body).upgrade_jwt);
    const preview = await api.call("GET", `/claim/preview?t=${jwt}`);
    expect(preview.body).toMatchObject({ items: [{ subject: true }] });
  });
});
