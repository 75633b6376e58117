/** Above each caller's own cap stand ceilings for a network and for all anonymous resources; each stops at its exact number. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { allowances, expectError } from "../support/answers.ts";
import { type Api, apiOf } from "../support/api.ts";
import { freshCaller, freshIpv4Network, freshNetwork, LOCAL } from "../support/callers.ts";
import { expectNoLeaks } from "../support/leaks.ts";
import { expectNothingMade } from "../support/nothing-made.ts";
import { query } from "../support/postgres-client.ts";
import { startTestStack, type TestStack } from "../support/stack.ts";

const PER_NETWORK = 3;
const LIVE = 8;
const NAME = { name: "prod-db" };
const SETTLE_MS = 20_000;

let own: TestStack;
let api: Api;

beforeAll(async () => {
  own = await startTestStack({
    engines: ["postgres"],
    workerVars: { CEILING_CREATES_PER_NETWORK: String(PER_NETWORK), CEILING_LIVE_ANONYMOUS: String(LIVE) },
  });
  api = apiOf(own.facts);
});
afterAll(async () => {
  if (!own) return;
  await expectNoLeaks(own.facts).finally(() => own.dispose());
});

/** Everything expires and is dropped: the stack is as empty as at its start, but the day's creates stay counted. */
async function expireAll(): Promise<void> {
  await query(own.facts.platformUrl, "UPDATE resources SET expires_at = now() WHERE status = 'active'");
  await own.runCron("* * * * *");
  const alive = () => query(own.facts.platformUrl, "SELECT id FROM resources WHERE status <> 'dropped'");
  await vi.waitFor(async () => expect(await alive()).toEqual([]), { timeout: SETTLE_MS, interval: 50 });
}

describe("the creates of one network in one day", () => {
  it.each([
    ["/48 of IPv6", freshNetwork, (network: string, host: number) => `${network}:${host}::1`],
    ["/24 of IPv4", freshIpv4Network, (network: string, host: number) => `${network}.${host}`],
  ])("end at the ceiling for a %s, and cost the refused caller nothing", async (_what, fresh, addressIn) => {
    const network = fresh();
    for (let host = 1; host <= PER_NETWORK; host += 1) await api.create({ caller: addressIn(network, host) });
    const late = addressIn(network, PER_NETWORK + 1);
    await expectNothingMade(own.facts, async () => {
      for (let tries = 1; tries <= 2; tries += 1) {
        const answer = await api.post(NAME, { caller: late });
        expectError(answer, "network_limit_reached");
        expect(allowances(answer).default?.remaining).toBe(100 - tries);
      }
    });
    const elsewhere = await api.post(NAME, { caller: addressIn(fresh(), 1) });
    expect(elsewhere.status, elsewhere.text).toBe(201);

    // What was made today is counted, alive or not.
    await expireAll();
    expectError(await api.post(NAME, { caller: late }), "network_limit_reached");
    await query(own.facts.platformUrl, "UPDATE resources SET created_at = created_at - interval '1 day'");
    const nextDay = await api.post(NAME, { caller: late });
    expect(nextDay.status, nextDay.text).toBe(201);
    // The refusals took no slot of its day.
    expect(allowances(nextDay).provisions?.remaining).toBe(9);
    await expireAll();
  });

  it("do not exist for the local caller, who has no network", async () => {
    for (let made = 0; made <= PER_NETWORK; made += 1) await api.create({ caller: LOCAL });
    await expireAll();
  });
});

describe("all live anonymous resources", () => {
  it("end at the ceiling with 503 capacity, and go on when some are gone", async () => {
    for (let made = 1; made <= LIVE; made += 1) await api.create({ caller: freshCaller() });
    const late = freshCaller();
    await expectNothingMade(own.facts, async () => {
      expectError(await api.post(NAME, { caller: late }), "capacity");
      expectError(await api.post(NAME, { caller: LOCAL }), "capacity");
    });
    await expireAll();
    const answer = await api.post(NAME, { caller: late });
    expect(answer.status, answer.text).toBe(201);
    expect(allowances(answer).provisions?.remaining).toBe(9);
  });
});
