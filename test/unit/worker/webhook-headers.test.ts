import { describe, expect, it } from "vitest";
import { keptHeaders, replayedHeaders } from "../../../worker/services/webhooks/headers.ts";

const TOKEN = "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d";
const kept = (headers: [string, string][]) => keptHeaders(headers, TOKEN);

describe("headers an inbox keeps", () => {
  it.each(["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token", "x-poll-secret"])(
    "have %s by name, without its value",
    (name) => {
      expect(kept([[name, "s3cret"]])).toEqual({ [name]: ["[REDACTED]"] });
      expect(replayedHeaders(kept([[name, "s3cret"]]))).toEqual([]);
    },
  );

  it.each(["x-hub-signature-256", "x-authorization", "authorization-x", "x-cookie", "stripe-signature", "content-type", "__proto__"])(
    "have %s as it came",
    (name) => expect(Object.entries(kept([[name, "v, w"]]))).toEqual([[name, ["v, w"]]]),
  );

  it.each([
    "cf-connecting-ip",
    "cf-ray",
    "cf-anything",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-real-ip",
    "true-client-ip",
    "forwarded",
  ])("do not have %s: it is about the sender's address", (name) => expect(kept([[name, "203.0.113.7"]])).toEqual({}));

  it("are lists: what the platform hands over apart stays apart", () => {
    const repeated: [string, string][] = [
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-a", "1, 2"],
    ];
    expect(kept(repeated)).toEqual({ "set-cookie": ["[REDACTED]", "[REDACTED]"], "x-a": ["1, 2"] });
  });

  it("never hold the inbox's own token, however it is written", () => {
    expect(kept([["referer", `https://x/webhook/receive/${TOKEN.toUpperCase()}?${TOKEN}`]])).toEqual({
      referer: ["https://x/webhook/receive/[REDACTED]?[REDACTED]"],
    });
  });
});

it("a replay sends the sender's words, and nothing of the old connection", () => {
  const stored = { "content-type": ["text/plain"], "x-github-event": ["push"], host: ["old"], connection: ["keep-alive"] };
  const more = {
    "content-length": ["9"],
    "transfer-encoding": ["chunked"],
    "accept-encoding": ["br"],
    upgrade: ["h2c"],
    cookie: ["[REDACTED]"],
  };
  expect(replayedHeaders({ ...stored, ...more })).toEqual([
    ["content-type", "text/plain"],
    ["x-github-event", "push"],
  ]);
});
