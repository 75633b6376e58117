/** A few hundred random requests: none crashes the API, each error is the envelope, and only a 201 makes anything. One seed repeats a run. */
import { expect, it } from "vitest";
import { expectEnvelope } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { countRows } from "../support/nothing-made.ts";
import { type SeededRandom, seededRandom } from "../support/seeded-random.ts";
import { api, stack } from "../support/shared-stack.ts";

const ROUNDS = 250;
/** Fewer than any limit: the rate limit would answer for everything else. */
const ROUNDS_A_CALLER = 9;
const CLIENT_ERROR = 400;
const SERVER_ERROR = 500;
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);

it(`answers whatever comes (FUZZ_SEED=${seed})`, async () => {
  const random = seededRandom(seed);
  const before = await countRows(stack);
  let made = 0;
  let caller = freshCaller();
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round % ROUNDS_A_CALLER === 0) caller = freshCaller();
    const { method, target, headers, body } = randomRequest(random);
    const answer = await api.call(method, target, { headers, body, caller });
    const what = `FUZZ_SEED=${seed}, round ${round}: ${method} ${target} ${JSON.stringify(headers)} ${body} → ${answer.text}`;
    expect(answer.status, what).toBeLessThan(SERVER_ERROR);
    if (answer.status >= CLIENT_ERROR && method !== "HEAD") expectEnvelope(answer);
    if (answer.status === 201) made += 1;
  }
  expect(await countRows(stack)).toBe(before + made);
});

const LENGTHS = [1, 64, 65, 4_000];
const SCRAPS = ["name", "env", "prod-db", "", " ", "\u0000", "\ud800", "é", "'", '"', "\\", "%", "..", "-1", "null", "{}", "[]"];
const METHODS = ["POST", "POST", "POST", "GET", "PUT", "HEAD", "DELETE", "OPTIONS"];
const WEBHOOKS = [
  "/webhook/new",
  "/webhook/receive/x",
  "/webhook/receive/%zz/..",
  "/api/v1/webhooks/x/requests",
  "/api/v1/webhooks/%00/requests/next",
];
const PATHS = ["/db/new", "/db/new", "/db/new", "/claim/preview", "/start", "/docs", "/", "/a", "/%2e%2e", "/%25", "/%00", ...WEBHOOKS];
const QUERIES = ["", "", "?", "?&=&", "?env=a", "?env=A", "?env=", "?env=%C3%A9", `?env=${"a".repeat(33)}`, "?t=a.b.c", "?t=..", "?t="];
const HEADERS: Record<string, string>[] = [
  {},
  {},
  {},
  { "Idempotency-Key": "" },
  { "Idempotency-Key": "k" },
  { "Idempotency-Key": "k".repeat(300) },
  { Authorization: "Bearer" },
  { Authorization: "Bearer x" },
  { "Content-Type": "application/json" },
  { "Content-Type": "text/plain" },
  { "Content-Type": ";" },
  { "Content-Type": "application/json;;charset=é" },
];
const DEEP = 3;

function randomRequest(random: SeededRandom) {
  const method = random.pick(METHODS);
  const hasBody = method !== "GET" && method !== "HEAD";
  return {
    method,
    target: random.pick(PATHS) + random.pick(QUERIES),
    headers: random.pick(HEADERS),
    body: hasBody ? randomBody(random) : undefined,
  };
}

function randomBody(random: SeededRandom): string {
  const whole = JSON.stringify(random.chance(0.7) ? randomObject(random) : randomValue(random, DEEP));
  return random.chance(0.2) ? whole.slice(0, random.integer(whole.length)) : whole;
}

function randomObject(random: SeededRandom): unknown {
  const name = random.chance(0.5) ? "prod-db" : randomValue(random, DEEP);
  return {
    name,
    ...(random.chance(0.5) ? { env: randomValue(random, DEEP) } : {}),
    ...(random.chance(0.3) ? { [randomText(random)]: 1 } : {}),
  };
}

function randomText(random: SeededRandom): string {
  return random.chance(0.2) ? "a".repeat(random.pick(LENGTHS)) : random.pick(SCRAPS);
}

function randomValue(random: SeededRandom, depth: number): unknown {
  if (depth === 0 || random.chance(0.5)) return randomText(random);
  if (random.chance(0.5)) return random.pick([0, -1, 1e308, 1e-7, true, false, null]);
  const inner = randomValue(random, depth - 1);
  return random.chance(0.5) ? [inner] : { [randomText(random)]: inner };
}
