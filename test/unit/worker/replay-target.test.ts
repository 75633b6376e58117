import { describe, expect, it } from "vitest";
import { ApiError } from "../../../worker/errors.ts";
import { replayTarget } from "../../../worker/services/webhooks/target.ts";
import { fakeConfig } from "./support/fake-deps.ts";

const config = await fakeConfig({
  publicUrl: "https://api.instanode.example",
  bridgeUrl: "https://bridge.inner.example",
  databaseUrl: "postgres://u:p@db.inner.example/platform",
  databaseFetchEndpoint: "https://sql.inner.example/sql",
  ownDomains: ["own.example"],
});

function outcome(url: unknown): string {
  try {
    return replayTarget(url, config);
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: "invalid_url" });
    return (error as ApiError).detail ?? "no URL";
  }
}

describe("the target of a replay", () => {
  it.each([
    ["https://hooks.example.com/github?a=b", "https://hooks.example.com/github?a=b"],
    ["http://hooks.example.com", "http://hooks.example.com/"],
    ["HTTPS://HOOKS.EXAMPLE.COM:443/x", "https://hooks.example.com/x"],
    ["https://hooks.example.com:8443/x#part", "https://hooks.example.com:8443/x"],
    ["https://hooks.example.com:1024/", "https://hooks.example.com:1024/"],
    ["http://8.8.8.8/x", "http://8.8.8.8/x"],
    ["http://[2606:4700::1]/x", "http://[2606:4700::1]/x"],
    ["https://notown.example/", "https://notown.example/"],
    ["https://own.example.com/", "https://own.example.com/"],
  ])("%s is taken", (url, sent) => expect(outcome(url)).toBe(sent));

  it.each([
    [undefined],
    [null],
    [1],
    [{}],
    [""],
    ["x"],
    ["/path"],
    ["//host/path"],
    ["https://"],
    [`https://a.example/${"x".repeat(2_048)}`],
  ])("%j is no URL", (url) => expect(outcome(url)).toBe("no URL"));

  it.each([
    "ftp://hooks.example.com/",
    "file:///etc/passwd",
    "data:text/plain,x",
    "javascript:1",
    "gopher://hooks.example.com/",
    "ws://hooks.example.com/",
  ])("%s is not http", (url) => expect(outcome(url)).toContain("http or https"));

  it.each(["https://user@hooks.example.com/", "https://:secret@hooks.example.com/", "https://u:p@hooks.example.com/"])(
    "%s holds credentials",
    (url) => expect(outcome(url)).toContain("no user"),
  );

  it.each([
    "https://hooks.example.com:25/",
    "http://hooks.example.com:22/",
    "http://hooks.example.com:1023/",
    "http://hooks.example.com:0/",
  ])("%s names another service's port", (url) => expect(outcome(url)).toContain("port"));

  it.each([
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://192.0.2.1/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:db8::1]/",
    "http://localhost/",
    "http://localhost./",
    "http://LOCALHOST/",
    "http://x.localhost/",
    "http://printer.local/",
    "http://metadata.google.internal/",
    "http://router.home.arpa/",
    "http://intranet/",
  ])("%s is not public", (url) => expect(outcome(url)).toContain("public host"));

  it.each([
    "https://api.instanode.example/webhook/receive/x",
    "https://API.instanode.example./",
    "https://x.api.instanode.example/",
    "https://bridge.inner.example/v1/jobs",
    "http://db.inner.example:5432/",
    "https://sql.inner.example/sql",
    "https://own.example/",
    "https://deep.below.own.example/",
  ])("%s is ours", (url) => expect(outcome(url)).toContain("our own"));
});
