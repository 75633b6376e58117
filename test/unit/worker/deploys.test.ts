/** The pure parts of deploys: addresses that may call, variables of bindings, which releases can run again, the content of a notice. */
import { describe, expect, it } from "vitest";
import { variablesOf } from "../../../worker/services/deploys/bindings.ts";
import { readAllowedIps } from "../../../worker/services/deploys/fields.ts";
import { sourceOf } from "../../../worker/services/deploys/logs.ts";
import { contentOf } from "../../../worker/services/deploys/notify.ts";
import { withImage } from "../../../worker/services/deploys/release.ts";

describe("allowed addresses", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    [" 203.0.113.7/24", "203.0.113.0/24"],
    ["2001:DB8::0001", "2001:db8::1"],
    ["2001:db8::ff/48", "2001:db8::/48"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["0.0.0.0/0", "0.0.0.0/0"],
  ])("%s is %s", (sent, stored) => expect(readAllowedIps([sent])).toEqual([stored]));

  it.each([
    "",
    "x",
    "203.0.113",
    "0x7f000001",
    "203.0.113.7/33",
    "203.0.113.7/",
    "fe80::1%eth0",
    "2001:db8::/129",
    "203.0.113.7 203.0.113.8",
  ])("%j is refused", (sent) => expect(() => readAllowedIps([sent])).toThrow("invalid_allowed_ip"));
});

describe("a binding", () => {
  const of = (name: string, kind: Parameters<typeof variablesOf>[1], credentials: Record<string, unknown>) =>
    variablesOf(name, kind, { credentials, token: "t", publicUrl: "https://api.example" });

  it("of a database is its internal address, also in what comes beside it", () => {
    const { named, beside } = of("MAIN", "postgres", {
      connection_url: "postgres://u:p@public:1/d",
      internal_url: "postgres://u:p@inside:2/d",
    });
    expect(named).toEqual({ MAIN: "postgres://u:p@inside:2/d" });
    expect(beside).toMatchObject({ PGHOST: "inside", PGPORT: "2" });
    expect(Object.values(beside)).not.toContain(named.MAIN);
  });

  it("of a bucket is its endpoint, with the keys beside it", () => {
    const grant = {
      endpoint: "https://public",
      prefix: "p/",
      mode: "prefix-scoped",
      bucket: "b",
      region: "r",
      access_key_id: "k",
      secret_access_key: "s",
    };
    const { named, beside } = of("BUCKET", "storage", { ...grant, internal_endpoint: "http://inside" });
    expect(named).toEqual({ BUCKET: "http://inside" });
    expect(beside).toMatchObject({ AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s", S3_BUCKET: "b" });
    expect(JSON.stringify(beside)).not.toContain("https://public");
  });
});

describe("rolling back", () => {
  const source = { id: "00000000-0000-4000-8000-000000000000", sha256: "0".repeat(64), bytes: 1, recipe: "dockerfile" as const };
  const built = (number: number, state = "superseded") => ({ number, state, source, image_of: null });
  const rerun = (number: number, image_of: number, state = "superseded") => ({ number, state, source: null, image_of });
  const numbers = (releases: Parameters<typeof withImage>[0]) => withImage(releases).map(({ number }) => number);

  it("goes to the last five builds that succeeded, and to what ran their images again", () => {
    expect(
      numbers([built(9, "live"), rerun(8, 2), built(7), built(6, "failed"), built(5), built(4), built(3), built(2), rerun(1, 9)]),
    ).toEqual([9, 7, 5, 4, 3, 1]);
  });

  it("goes nowhere before the first one", () => expect(numbers([built(1, "building")])).toEqual([]));
});

it("the log is the build's while it builds or when nothing ever ran, else the app's", () => {
  expect(sourceOf({ status: "building", current_release: 1 })).toBe("build");
  expect(sourceOf({ status: "failed", current_release: null })).toBe("build");
  expect(sourceOf({ status: "deploying", current_release: null })).toBe("run");
  expect(sourceOf({ status: "stopped", current_release: 2 })).toBe("run");
});

it("a notice says what was deployed, how it ended and how long it took", () => {
  const notice = {
    id: "i",
    app_id: "abcdefgh",
    notify_sealed: "",
    release: 1,
    attempts: 1,
    has_failed: true,
    failure: {
      reason: "build_failed" as const,
      event: "The build failed.",
      hint: "",
      exit_code: 1,
      last_lines: "",
      occurred_at: "2026-12-01T00:00:00.000Z",
    },
    source: null,
    created_at: new Date(0),
    ended_at: new Date(61_000),
  };
  expect(contentOf(notice, "apps.example")).toEqual({
    event: "deploy.failed",
    deploy_id: "i",
    app_id: "abcdefgh",
    url: "https://abcdefgh.apps.example",
    commit_id: null,
    build_time: "1970-01-01T00:00:00.000Z",
    duration_s: 61,
    error_message: "The build failed.",
  });
});
