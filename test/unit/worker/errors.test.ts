import { describe, expect, it } from "vitest";
import { ERROR_TABLES, ERRORS, type ErrorCode, errorEnvelope, errorEnvelopeSchema } from "../../../contract/errors.ts";
import { ApiError } from "../../../worker/errors.ts";
import type { AppContext } from "../../../worker/http.ts";
import { errorHandler } from "../../../worker/middleware/errors.ts";

const CODES = Object.keys(ERRORS) as ErrorCode[];
const publicUrl = "https://api.instanode.dev";
const AGENT_ACTION_MAX_CHARACTERS = 280;

/** As much of a request as the handler looks at. */
function answer(error: Error): { response: Response; logged: string[] } {
  const logged: string[] = [];
  const log = { error: (event: string) => logged.push(event), warn: (event: string) => logged.push(event) };
  const json = (body: unknown, status: number, headers: Record<string, string>) => Response.json(body, { status, headers });
  const context = { var: { requestId: "req-1", log, matched: { pattern: "GET /x" } }, json } as unknown as AppContext;
  const response = errorHandler({ publicUrl })(error, context);
  if (!(response instanceof Response)) throw new Error("only pages take their time");
  return { response, logged };
}

it("has every code in one table only: a second row would silently replace the first", () => {
  expect(ERROR_TABLES.flatMap((table) => Object.keys(table)).sort()).toEqual([...CODES].sort());
});

describe.each(CODES)("%s", (code) => {
  const { status } = ERRORS[code];
  const context = { publicUrl, maxBytes: 65_536, allow: "GET, HEAD, OPTIONS" };

  it("is an envelope that tells an agent what to do, briefly", () => {
    const envelope = errorEnvelope(code, context, { requestId: "req-1" });
    expect(errorEnvelopeSchema.strict().parse(envelope)).toEqual(envelope);
    expect(envelope).toMatchObject({ ok: false, error: code, request_id: "req-1" });
    expect(envelope.message).toMatch(/^\S.*[.!]$/s);
    expect(envelope.agent_action).toMatch(/^Tell the user /);
    expect(envelope.agent_action?.length).toBeLessThan(AGENT_ACTION_MAX_CHARACTERS);
    expect(JSON.stringify(envelope)).not.toMatch(/undefined|NaN|\[object/);
  });

  it("says how long to wait where waiting helps, in body and header alike", async () => {
    const { response } = answer(new ApiError(code));
    const wait = errorEnvelopeSchema.parse(await response.json()).retry_after_seconds;
    expect(response.headers.get("retry-after")).toBe(wait === null ? null : String(wait));
    if ([429, 502, 503, 504].includes(status)) expect(wait).toBeGreaterThan(0);
    else if (code === "idempotency_key_in_progress") expect(wait).toBe(2);
    else expect(wait).toBeNull();
  });

  it("has the headers its status asks for, and is logged exactly when the fault is ours", () => {
    const { response, logged } = answer(new ApiError(code, { allow: "GET" }));
    expect(response.status).toBe(status);
    expect(response.headers.get("www-authenticate")).toBe(status === 401 ? 'Bearer realm="instanode"' : null);
    expect(response.headers.get("allow")).toBe("GET");
    expect(logged).toHaveLength(status >= 500 ? 1 : 0);
  });
});

describe("the error handler", () => {
  it("puts what only this error knows into its envelope", async () => {
    const { response } = answer(
      new ApiError("provision_limit_reached", {
        detail: "10",
        retryAfterSeconds: 77,
        claimUrl: `${publicUrl}/start`,
        headers: { "X-Extra": "1" },
      }),
    );
    expect(response.headers.get("x-extra")).toBe("1");
    expect(response.headers.get("retry-after")).toBe("77");
    expect(await response.json()).toMatchObject({
      retry_after_seconds: 77,
      claim_url: `${publicUrl}/start`,
      message: expect.stringContaining("10"),
    });
  });

  it("leaves out what the error does not know, also when it was given as undefined", async () => {
    const { response } = answer(new ApiError("rate_limited", { retryAfterSeconds: undefined, claimUrl: undefined }));
    expect(Object.keys((await response.json()) as object).sort()).toEqual([
      "agent_action",
      "error",
      "message",
      "ok",
      "request_id",
      "retry_after_seconds",
    ]);
  });

  it("answers anything else as internal_error and shows nothing of it", async () => {
    const { response, logged } = answer(new Error("password=hunter2"));
    expect(response.status).toBe(500);
    expect(logged).toEqual(["request.crashed"]);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ error: "internal_error", retry_after_seconds: null });
    expect(text).not.toContain("hunter2");
  });
});
