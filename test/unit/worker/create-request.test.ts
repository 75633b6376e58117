import { describe, expect, it } from "vitest";
import type { Failure } from "../../../contract/admission.ts";
import { createApp } from "../../../worker/app.ts";
import { BridgeError } from "../../../worker/ports/bridge.ts";
import { envelope, startApp } from "./support/ask.ts";

const { create, admission } = await startApp();
const JSON_TYPE = { "Content-Type": "application/json" };
const UUID = "4f9a4f0e-7a53-4c3b-9f8e-1d2c3b4a5f60";

const created = async (body: string, headers: Record<string, string> = JSON_TYPE, path = "/db/new") => {
  const response = await create(body, headers, path);
  expect(response.status).toBe(201);
  return (await response.json()) as Record<string, unknown>;
};
const refused = async (body: BodyInit | null, headers: Record<string, string> = JSON_TYPE, path = "/db/new") => {
  const made = admission.admitted.length;
  const response = await create(body, headers, path);
  const { error } = await envelope(response);
  // What is refused for its form costs nothing: nobody was asked to admit it.
  expect(admission.admitted).toHaveLength(made);
  return `${response.status} ${error}`;
};

describe("the name", () => {
  it.each([
    [{}, "name_required"],
    [{ name: null }, "name_required"],
    [{ name: "" }, "name_required"],
    [{ name: " \t\n " }, "name_required"],
    [{ Name: "a" }, "name_required"],
    [{ name: 1 }, "invalid_name"],
    [{ name: true }, "invalid_name"],
    [{ name: ["a"] }, "invalid_name"],
    [{ name: { toString: "a" } }, "invalid_name"],
    [{ name: "-a" }, "invalid_name"],
    [{ name: "_a" }, "invalid_name"],
    [{ name: "a/b" }, "invalid_name"],
    [{ name: "a.b" }, "invalid_name"],
    [{ name: "a\nb" }, "invalid_name"],
    [{ name: "a\u0000" }, "invalid_name"],
    [{ name: "é" }, "invalid_name"],
    [{ name: "ａ" }, "invalid_name"],
    [{ name: "a".repeat(65) }, "invalid_name"],
  ])("%j is refused: 400 %s", async (body, code) => {
    expect(await refused(JSON.stringify(body))).toBe(`400 ${code}`);
  });

  it.each([
    ["a", "a"],
    ["0", "0"],
    ["prod-db", "prod-db"],
    ["My Db_2", "My Db_2"],
    ["  padded  ", "padded"],
    ["a".repeat(64), "a".repeat(64)],
    [` ${"a".repeat(64)} `, "a".repeat(64)],
  ])("%j is taken as %j", async (name, kept) => {
    expect((await created(JSON.stringify({ name }))).name).toBe(kept);
  });
});

describe("the env", () => {
  it.each(["Production", "a_b", "", " ", "a".repeat(33), "é", 1, false, ["a"], {}])("%j is refused: 400 invalid_env", async (env) => {
    expect(await refused(JSON.stringify({ name: "a", env }))).toBe("400 invalid_env");
  });

  it.each(["", "A", "a_b"])("?env=%s is refused, even beside a good one in the body", async (env) => {
    expect(await refused('{"name":"a","env":"staging"}', JSON_TYPE, `/db/new?env=${env}`)).toBe("400 invalid_env");
  });

  it.each([
    ['{"name":"a","env":"staging"}', "/db/new", "staging"],
    ['{"name":"a","env":"0-9"}', "/db/new", "0-9"],
    [`{"name":"a","env":"${"a".repeat(32)}"}`, "/db/new", "a".repeat(32)],
    ['{"name":"a","env":"staging"}', "/db/new?env=prod", "prod"],
    ['{"name":"a","env":"NOT VALID"}', "/db/new?env=prod", "prod"],
  ])("%s at %s is %s, and nobody overrode it", async (body, path, env) => {
    const answer = await created(body, JSON_TYPE, path);
    expect(answer.env).toBe(env);
    expect(answer).not.toHaveProperty("env_override_reason");
  });

  it.each(['{"name":"a"}', '{"name":"a","env":null}'])("%s gets the default, and is told so", async (body) => {
    expect(await created(body)).toMatchObject({ env: "development", env_override_reason: "default_no_env_specified" });
  });
});

describe("the body", () => {
  it.each([
    ["not JSON", "name=a"],
    ["an array", '[{"name":"a"}]'],
    ["null", "null"],
    ["a string", '"a"'],
    ["a number", "7"],
    ["white space only", "  "],
    ["two values", '{"name":"a"}{}'],
    ["a trailing comma", '{"name":"a",}'],
    ["nested beyond reason", `{"name":"a","x":${"[".repeat(20_000)}${"]".repeat(20_000)}}`],
    ["nested one level too deep", `{"name":"a","x":${"[".repeat(32)}${"]".repeat(32)}}`],
  ])("that is %s is refused: 400 invalid_body", async (_what, body) => {
    expect(await refused(body)).toBe("400 invalid_body");
  });

  it("that is not UTF-8 is refused: 400 invalid_body", async () => {
    expect(await refused(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]))).toBe("400 invalid_body");
  });

  it.each([null, ""])("that is empty (%j) is an object without a name", async (body) => {
    expect(await refused(body)).toBe("400 name_required");
  });

  it.each([
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON ;charset=UTF-8",
    "application/vnd.api+json",
    "text/plain",
    "text/plain;charset=UTF-8",
    "application/x-www-form-urlencoded",
  ])("is parsed as JSON when its type is %s", async (type) => {
    expect((await created('{"name":"a"}', { "Content-Type": type })).name).toBe("a");
  });

  it("is parsed as JSON when it has no type", async () => {
    expect((await created('{"name":"a"}', {}, "/db/new")).name).toBe("a");
    const bytes = new TextEncoder().encode('\ufeff{"name":"a"}');
    expect((await create(bytes, {})).status).toBe(201);
  });

  it.each([
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/octet-stream",
    "text/html",
    "image/png",
    "json",
    "application/jsonp",
  ])("is refused when its type is %s: 415", async (type) => {
    expect(await refused('{"name":"a"}', { "Content-Type": type })).toBe("415 unsupported_media_type");
  });

  it("may hold unknown keys: they are named, sorted, and do nothing", async () => {
    const answer = await created('{"zeta":1,"name":"a","__proto__":{"name":"evil"},"constructor":2,"alpha":{"deep":[1]},"env":"x"}');
    expect(answer).toMatchObject({ name: "a", env: "x", ignored_fields: ["__proto__", "alpha", "constructor", "zeta"] });
    expect(({} as { name?: string }).name).toBeUndefined();
    expect(await created('{"name":"a"}')).not.toHaveProperty("ignored_fields");
  });

  it("may repeat a key: the last one counts, as JSON.parse has it", async () => {
    expect((await created('{"name":"a","name":"b"}')).name).toBe("b");
  });
});

describe("the size of the body", () => {
  const MAX_BYTES = 65_536;
  const bodyOf = (bytes: number) => `{"name":"a","pad":"${"x".repeat(bytes - 21)}"}`.padEnd(bytes, " ");
  const streamOf = (text: string) =>
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < text.length; at += 10_000) controller.enqueue(new TextEncoder().encode(text.slice(at, at + 10_000)));
        controller.close();
      },
    });
  const chunked = (text: string): RequestInit =>
    ({ method: "POST", headers: JSON_TYPE, body: streamOf(text), duplex: "half" }) as RequestInit;

  it.each([
    [MAX_BYTES - 1, 201],
    [MAX_BYTES, 201],
    [MAX_BYTES + 1, 413],
  ])("%i bytes answer %i, with and without a Content-Length, and whatever it claims", async (bytes, status) => {
    const { ask } = await startApp();
    const text = bodyOf(bytes);
    expect(text).toHaveLength(bytes);
    expect((await ask("/db/new", { method: "POST", headers: { ...JSON_TYPE, "Content-Length": String(bytes) }, body: text })).status).toBe(
      status,
    );
    expect((await ask("/db/new", chunked(text))).status).toBe(status);
    expect((await ask("/db/new", { ...chunked(text), headers: { ...JSON_TYPE, "Content-Length": "5" } })).status).toBe(status);
  });

  it("says how many bytes are allowed, and stops reading a body that never ends", async () => {
    const { ask } = await startApp();
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(10_000));
      },
    });
    const response = await ask("/db/new", { method: "POST", body: endless, duplex: "half" } as RequestInit);
    expect(response.status).toBe(413);
    expect((await envelope(response)).message).toContain("65536");
    expect(pulled).toBeLessThan(20);
  });
});

describe("the Idempotency-Key", () => {
  it.each([UUID, UUID.toUpperCase(), "k".repeat(32), "k".repeat(255), `"${UUID}"`])("%s is taken", async (key) => {
    await created('{"name":"a"}', { ...JSON_TYPE, "Idempotency-Key": key });
    expect(admission.admitted.at(-1)?.idempotency).not.toBeNull();
  });

  it.each(["", "k", "k".repeat(31), "k".repeat(256), `${"k".repeat(40)}\u00e9`, `${"k".repeat(40)}\t${"k".repeat(40)}`])(
    "%j is refused: 400 invalid_idempotency_key",
    async (key) => {
      expect(await refused('{"name":"a"}', { ...JSON_TYPE, "Idempotency-Key": key })).toBe("400 invalid_idempotency_key");
    },
  );

  it("reaches the admitting object as a hash that is the same for equal bodies and differs for others", async () => {
    const hashOf = async (body: string, path = "/db/new", key = UUID) => {
      await created(body, { ...JSON_TYPE, "Idempotency-Key": key }, path);
      const idempotency = admission.admitted.at(-1)?.idempotency;
      expect(JSON.stringify(idempotency)).not.toContain(UUID);
      return idempotency;
    };
    const first = await hashOf('{"name":"a","x":{"b":1,"a":[1,2]}}');
    expect(await hashOf(' {"x":{"a":[1,2],"b":1.0}, "name":"a"} ')).toEqual(first);
    expect(await hashOf('{"name":"a","x":{"b":1,"a":[1,2]}}', "/db/new?env=development")).toEqual(first);
    expect((await hashOf('{"name":"a","x":{"b":1,"a":[2,1]}}'))?.bodyHash).not.toBe(first?.bodyHash);
    expect((await hashOf('{"name":"a","x":{"b":1,"a":[1,2]}}', "/db/new?env=prod"))?.bodyHash).not.toBe(first?.bodyHash);
    expect((await hashOf('{"name":"a"}', "/db/new", "k".repeat(32)))?.keyHash).not.toBe(first?.keyHash);
  });

  it("is not needed: without one nothing is ever replayed", async () => {
    await created('{"name":"a"}');
    expect(admission.admitted.at(-1)?.idempotency).toBeNull();
  });
});

it("the caller's object hears of the end when the answer is on its way, and the runtime waits for that", async () => {
  const { deps, admission } = await startApp();
  const object = admission.of("");
  const finished: string[] = [];
  admission.of = () => ({ ...object, finish: async (resourceId) => void finished.push(resourceId) });
  const after: Promise<unknown>[] = [];
  const execution = { waitUntil: (work: Promise<unknown>) => void after.push(work), passThroughOnException() {}, props: {} };
  const init = { method: "POST", headers: JSON_TYPE, body: '{"name":"a"}' };
  const response = await createApp(deps).request("/db/new", init, {}, execution);
  expect([response.status, finished.length, after.length]).toEqual([201, 0, 1]);
  await Promise.all(after);
  expect(finished).toHaveLength(1);
});

describe("an answer that cannot be signed", () => {
  /** An app that records the failures its objects are told; `signing` decides when the signing of its claim link fails. */
  async function startFailing(signing: Promise<void>) {
    const app = await startApp();
    const object = app.admission.of("");
    const told: Failure[] = [];
    app.admission.of = () => ({ ...object, fail: async (_id, _attempt, failure) => void told.push(failure) });
    app.deps.tokens.issueClaim = async () => {
      await signing;
      throw new Error("no key");
    };
    return { ...app, told };
  }

  it("while the bridge works is 503 provision_failed: the object hears that a job was sent, nothing is written, and no rejection is left alone", async () => {
    const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<never>()];
    const { create, bridge, deps, told } = await startFailing(begun.promise);
    const statements: string[] = [];
    const query = deps.database.query.bind(deps.database);
    deps.database.query = (statement) => {
      statements.push(statement.text);
      return query(statement);
    };
    bridge.send = () => {
      begun.resolve();
      return held.promise;
    };
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    try {
      const response = await create('{"name":"a"}');
      expect(response.status).toBe(503);
      expect((await envelope(response)).error).toBe("provision_failed");
      expect(told).toEqual([{ error: "provision_failed", jobSent: true }]);
      // The bridge answers after the create has ended.
      held.reject(new BridgeError("unreachable", true));
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
      expect(statements.filter((text) => text.includes("INSERT INTO resources"))).toEqual([]);
    } finally {
      process.off("unhandledRejection", note);
    }
  });

  it("before the ceilings are known sends no job: the object hears so, and it stays so when they let it pass", async () => {
    const counted = Promise.withResolvers<void>();
    const { create, bridge, deps, told } = await startFailing(Promise.resolve());
    const query = deps.database.query.bind(deps.database);
    deps.database.query = async (statement) => {
      await counted.promise;
      return query(statement);
    };
    let sent = 0;
    bridge.send = () => {
      sent += 1;
      return Promise.reject(new BridgeError("unreachable", true));
    };
    const response = await create('{"name":"a"}');
    expect((await envelope(response)).error).toBe("provision_failed");
    expect(told).toEqual([{ error: "provision_failed", jobSent: false }]);
    counted.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toBe(0);
  });
});
