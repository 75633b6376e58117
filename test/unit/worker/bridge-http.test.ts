/** What comes back from the bridge, or from what stands in between. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSigningKeys } from "../../../worker/crypto/signing-keys.ts";
import { createHttpBridge } from "../../../worker/ports/bridge-http.ts";
import { signingKey } from "./support/fake-deps.ts";

const DROP = { kind: "drop", args: { engine: "postgres", resource_id: "4f9a4f0e-7a53-4c3b-9f8e-1d2c3b4a5f60", generation: 2 } } as const;
const GONE = { ok: true, state: "gone" };
const keys = createSigningKeys([await signingKey("job-1")]);

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** Runs a drop against a bridge that gives these answers, one after the other. @returns its outcome or its failure, and how often it was sent */
async function runAgainst(...answers: Array<() => Response>) {
  const sent: string[] = [];
  const bridge = createHttpBridge({
    url: "http://bridge.example",
    bridgeId: "b",
    keys,
    clock: { now: () => 1_700_000_000_000 },
    fetch: async (_url, init) => {
      sent.push(String(init?.body));
      const answer = answers[Math.min(sent.length, answers.length) - 1];
      if (answer === undefined) throw new Error("no answer was given");
      return answer();
    },
  });
  const ended: unknown[] = [];
  const note = (outcome: unknown) => void ended.push(outcome);
  void bridge.run<"drop">(DROP, "drop-1", "request-1").then(note, note);
  while (ended.length === 0) {
    // Signing is no timer's work; the pauses between the tries are.
    await new Promise((resolve) => setImmediate(resolve));
    await vi.runAllTimersAsync();
  }
  // One signature for all tries: the bridge acts once.
  expect(new Set(sent).size).toBe(1);
  return { outcome: ended[0], sent: sent.length };
}

const page = (status: number) => () => new Response("<html>bad gateway</html>", { status, headers: { "content-type": "text/html" } });
const gone = () => Response.json(GONE);

describe("an answer that is not the bridge's", () => {
  it.each([502, 520, 522, 530])("%i from in between: the job is sent again", async (status) => {
    expect(await runAgainst(page(status), gone)).toEqual({ outcome: GONE, sent: 2 });
  });

  it("that stays so is unreachable after three tries", async () => {
    expect(await runAgainst(page(502))).toMatchObject({ outcome: { code: "unreachable", retryable: true }, sent: 3 });
  });

  it.each([200, 404, 500, 519, 531])(
    "a page with status %i is no outcome, and nobody knows what was done: it is sent once",
    async (status) => {
      expect(await runAgainst(page(status), gone)).toMatchObject({ outcome: { code: "malformed_answer" }, sent: 1 });
    },
  );
});

it("a refusal of the bridge is final", async () => {
  const refusal = () => Response.json({ ok: false, error: "capacity", message: "full", request_id: "r" }, { status: 503 });
  expect((await runAgainst(refusal, gone)).sent).toBe(1);
});
