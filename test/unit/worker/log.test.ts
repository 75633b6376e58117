import { describe, expect, it } from "vitest";
import { createLogger, type LogFields } from "../../../worker/ports/log.ts";
import { FakeClock } from "./support/fake-deps.ts";

function written(fields: LogFields, always: LogFields = {}): Record<string, unknown> {
  const lines: string[] = [];
  createLogger(new FakeClock(), (_level, line) => void lines.push(line))
    .with(always)
    .warn("event.name", fields);
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain("\n");
  return JSON.parse(lines[0] ?? "") as Record<string, unknown>;
}

describe("the log", () => {
  it("writes one line of JSON with what every line of this request says", () => {
    expect(written({ status: 503 }, { requestId: "r" })).toEqual({
      time: "2026-11-24T12:00:00.000Z",
      level: "warn",
      event: "event.name",
      requestId: "r",
      status: 503,
    });
  });

  it("drops every field that is not on the list, whoever passes it", () => {
    const sneaked = { status: 200, token: "t0ken", body: "b0dy", authorization: "Bearer x", url: "/x?t=1" } as LogFields;
    expect(JSON.stringify(written(sneaked))).not.toMatch(/t0ken|b0dy|Bearer|\?t=/);
  });

  it("says of an error its names, codes and causes, never their messages", () => {
    const cause = Object.assign(new TypeError("password=hunter2"), { code: "ECONNREFUSED" });
    const line = written({ cause: new Error("connection to postgres://u:hunter2@h failed", { cause }) });
    expect(line.cause).toMatchObject([{ name: "Error" }, { name: "TypeError", code: "ECONNREFUSED" }]);
    expect(JSON.stringify(line)).not.toContain("hunter2");
  });

  it("survives causes that go in circles", () => {
    const error = new Error("a");
    error.cause = error;
    expect((written({ cause: error }).cause as unknown[]).length).toBeLessThan(10);
  });
});
