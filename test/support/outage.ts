/** What an outage of one kind's server means: that kind alone is refused, the matrix says so, and afterwards it works by itself. */
import { expect, vi } from "vitest";
import { readinessSchema } from "../../contract/readiness.ts";
import { expectError } from "./answers.ts";
import { type Api, apiOf } from "./api.ts";
import { freshCaller } from "./callers.ts";
import { startTestStack, type TestStack } from "./stack.ts";

/** The matrix is kept for a second, and an upstream gets 3 s to answer. */
const READINESS = { timeout: 25_000, interval: 500 };
const HEAL = { timeout: 45_000, interval: 200 };
const NAME = { name: "while-it-is-away" };

type Outage = { stack: TestStack; service: Parameters<TestStack["service"]>[0] /** Its create. */; path: string; check: string };

const post = (api: Api, path: string) => api.call("POST", path, { caller: freshCaller(), body: NAME });

/** Stops the server, sees its kind refused and a database made, starts it, and sees its kind made again. */
export async function expectOutageOfItsKindAlone({ stack, service, path, check }: Outage): Promise<void> {
  const api = apiOf(stack.facts);
  await stack.service(service).stop();
  const refused = await post(api, path);
  expectError(refused, "provision_failed");
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  await api.create({ caller: freshCaller() });
  await vi.waitFor(async () => {
    const { status, body } = await api.call("GET", "/readyz");
    const { ok, overall, checks } = readinessSchema.parse(body);
    expect([status, ok, overall, checks[check]?.status]).toEqual([200, true, "degraded", "down"]);
    expect(checks.customer_db?.status).toBe("ok");
  }, READINESS);
  await stack.service(service).start();
  await stack.service(service).ready();
  await vi.waitFor(async () => expect((await post(api, path)).status).toBe(201), HEAL);
}

/** Where nothing serves the kind it is switched off, and databases are made all the same. @returns the matrix's word on `check` */
export async function expectKindSwitchedOff({ path, check }: Pick<Outage, "path" | "check">): Promise<string | undefined> {
  const bare = await startTestStack({ engines: ["postgres"] });
  try {
    const api = apiOf(bare.facts);
    expectError(await post(api, path), "service_disabled");
    await api.create({ caller: freshCaller() });
    const { body } = await api.call("GET", "/readyz");
    return readinessSchema.parse(body).checks[check]?.status;
  } finally {
    await bare.dispose();
  }
}
