import { expect, test } from "vitest";
import { keyOf } from "../../../provisioner-bridge/engines/nats/nkeys.ts";
import { createLog } from "../../../provisioner-bridge/log.ts";
import { Refusal } from "../../../provisioner-bridge/refusal.ts";

const URL = "postgres://t_abc:s3cr3t-canary@db.internal:5432/t_abc?sslmode=disable";
const VERIFIER = "SCRAM-SHA-256$4096:canarysalt$canarystored:canaryserver";
const JWS = "eyJhbGciOiJFZERTQSJ9.eyJjYW5hcnkiOjF9.c2lnbmF0dXJlY2FuYXJ5";

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  write(createLog("trace", { write: (line) => void lines.push(line) }));
  return lines.join("");
}

test.each(["connection_url", "internal_url", "password", "authorization", "jws", "secret"])(
  "the field %s is redacted at three depths",
  (field) => {
    const text = logged((log) => log.info({ [field]: "canary", a: { [field]: "canary", b: { [field]: "canary" } } }, "line"));
    expect(text).not.toContain("canary");
    expect(text.match(/\[redacted\]/g)).toHaveLength(3);
  },
);

test("an error's text, its stack and its causes are scrubbed, and stay readable", () => {
  const deepest = Object.assign(new Error(`could not run ALTER ROLE x PASSWORD '${VERIFIER}'`), { code: "42601" });
  const cause = new Error(`connecting to ${URL} failed`, { cause: deepest });
  const text = logged((log) => log.error({ err: new Refusal("internal_error", { cause: Object.assign(cause, { name: JWS }) }) }, "line"));
  expect(text).not.toMatch(/canary|db\.internal/);
  expect(text).toContain('"code":"42601"');
  expect(text).toContain("[verifier]");
  expect(text).toContain("connecting to [url] failed");
});

test("a Redis URL and the hash a password is kept as are scrubbed, too", () => {
  const said = `SETUSER t_abc #${"c".repeat(64)} by rediss://instanode:canary@cache.internal:6379`;
  expect(logged((log) => log.error({ err: new Error(said) }, "line"))).not.toMatch(/c{64}|canary|cache\.internal/);
});

test("the properties a driver puts on an error are not logged", () => {
  const error = Object.assign(new Error("no"), { connectionString: URL, client: { password: "canary" } });
  expect(logged((log) => log.error({ err: error }, "line"))).not.toContain("canary");
});

test("seeds of NATS keys are scrubbed wherever they stand; public keys stay", () => {
  const { seed, id } = keyOf("U", Buffer.alloc(32, 5));
  const text = logged((log) => log.error({ err: new Error(`nkey ${seed}, "${seed}" of ${id}`) }, "line"));
  expect(text).not.toContain(seed);
  expect(text).toContain(id);
});
