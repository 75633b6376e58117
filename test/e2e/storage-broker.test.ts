/**
 * A stack whose object store has no keys for tenants: every answer is a broker's, and URLs are signed by the platform. And what an
 * outage of the object store means: its own kind alone.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { freshEmail, mailsTo, newestLink, pressButton } from "../support/accounts.ts";
import { expectError } from "../support/answers.ts";
import { type Api, apiOf } from "../support/api.ts";
import { freshCaller } from "../support/callers.ts";
import { registryRow } from "../support/inspect.ts";
import { expectNoLeaks } from "../support/leaks.ts";
import { expectKindSwitchedOff, expectOutageOfItsKindAlone } from "../support/outage.ts";
import { bearer, holderOf } from "../support/resources.ts";
import { startTestStack, type TestStack } from "../support/stack.ts";
import { brokerSchema, presign, presigned } from "../support/storage.ts";

const HEAL = { timeout: 45_000, interval: 200 };
/** Three measurements, each of which may meet the one before it still fresh. */
const LONG_MS = 180_000;
const MIB = 1_048_576;

let own: TestStack;
let api: Api;
beforeAll(async () => {
  own = await startTestStack({ engines: ["postgres", "s3"], bridgeEnv: { OBJECT_STORE_MODE: "broker", BRIDGE_METERING_SECONDS: "1" } });
  api = apiOf(own.facts);
});
afterAll(async () => {
  if (!own) return;
  await expectNoLeaks(own.facts).finally(() => own.dispose());
});

const post = () => api.call("POST", "/storage/new", { caller: freshCaller(), body: { name: "uploads-bucket" } });
const create = () => api.provision("/storage/new", brokerSchema, { name: "uploads-bucket", caller: freshCaller() });
const put = async (url: string, body: string): Promise<number> => (await fetch(url, { method: "PUT", body })).status;

describe("broker mode", () => {
  it("answers as documented: no keys, a relative presign_url, and a constant that says to use it", async () => {
    const answer = await post();
    const storage = brokerSchema.parse(answer.body);
    expect(storage.presign_url).toBe(`/storage/${storage.token}/presign`);
    expect(storage.connection_url).toMatch(new RegExp(`^${storage.endpoint}/[a-z0-9-]+/${storage.prefix}/$`));
    for (const absent of ["access_key_id", "secret_access_key", "session_token", "internal_url"])
      expect(storage).not.toHaveProperty(absent);
  });

  it("uploads and downloads through presign_url, and reaches nobody else's", async () => {
    const [mine, theirs] = [await create(), await create()];
    const upload = await presigned(api, theirs.token, { operation: "PUT", key: "secret" });
    expect(await put(upload.url, "words")).toBe(200);
    const answer = await api.call("POST", mine.presign_url, { body: { operation: "PUT", key: "secret" } });
    const own = new URL((answer.body as { url: string }).url);
    const copied = await fetch(own, { method: "PUT", headers: { "x-amz-copy-source": new URL(upload.url).pathname } });
    expect(copied.status).toBe(403);
    const download = await presigned(api, theirs.token, { operation: "GET", key: "secret" });
    expect(await (await fetch(download.url)).text()).toBe("words");
    expect((await fetch(download.url.replace(theirs.prefix, mine.prefix))).status).toBe(403);
  });

  it("a claim changes no keys of it: its page has no box to tick and says why, and a wish for it all the same promises and does nothing", async () => {
    const caller = freshCaller();
    const storage = await api.provision("/storage/new", brokerSchema, { caller });
    const t = new URL(storage.claim_url).searchParams.get("t") ?? "";
    const page = await api.call("GET", `/claim?t=${t}&rotate=yes`, { caller });
    expect([page.text.includes('name="rotate"'), page.text.includes("Its token still signs URLs after the claim")]).toEqual([false, true]);
    const email = freshEmail();
    await api.call("POST", "/claim", { caller, body: { token: storage.upgrade_jwt, email, rotate: true } });
    expect((await mailsTo(api, email))[0]?.text).toContain("password stay as they are");
    const link = await newestLink(api, email);
    expect((await api.call("GET", `/auth/email/callback?t=${link}`, { caller })).text).not.toContain("new keys");
    const used = await pressButton(api, link, { caller });
    expect(used.headers.get("location")).toBe("/dashboard?done=claimed");
    expect(await presigned(api, storage.token, { operation: "GET", key: "still" })).toMatchObject({ ok: true });
  });

  it("a refresh has no keys to give, and says the same as the create", async () => {
    const storage = await create();
    const answer = await api.call("POST", `/storage/${storage.token}/credentials`, { headers: bearer(storage.upgrade_jwt) });
    const { connection_url, endpoint, internal_endpoint, prefix, mode, presign_url, agent_action, broker_reason, note_isolation } = storage;
    expect(answer.body).toEqual({
      ok: true,
      connection_url,
      endpoint,
      internal_endpoint,
      prefix,
      mode,
      presign_url,
      agent_action,
      broker_reason,
      note_isolation,
    });
  });

  it(
    "over its size it is measured, takes no PUT, bars the next storage, and is whole again when it is smaller",
    async () => {
      const caller = freshCaller();
      const storage = await api.provision("/storage/new", brokerSchema, { caller });
      const { url } = await presigned(api, storage.token, { operation: "PUT", key: "large" }, { caller: null });
      expect(await put(url, "x".repeat(10 * MIB + 1))).toBe(200);
      const holder = holderOf(api, storage);
      await vi.waitFor(
        async () => expect(await holder.item()).toMatchObject({ storage_bytes: 10 * MIB + 1, storage_exceeded: true }),
        HEAL,
      );
      expectError(await presign(api, storage.token, { operation: "PUT", key: "more" }), "storage_limit_reached");
      expect((await presign(api, storage.token, { operation: "GET", key: "large" })).status).toBe(200);
      expectError(await api.call("POST", "/storage/new", { caller, body: { name: "another" } }), "storage_limit_reached");
      expect((await api.call("POST", "/db/new", { caller, body: { name: "a-database" } })).status).toBe(201);
      // Far over it the tenant is cut; smaller again, it is whole by itself.
      expect(await put(url, "x".repeat(31 * MIB))).toBe(200);
      await vi.waitFor(
        async () => expect(await holder.item()).toMatchObject({ access: "read_only", access_reason: "storage_limit_exceeded" }),
        HEAL,
      );
      expectError(await presign(api, storage.token, { operation: "PUT", key: "more" }), "storage_limit_reached");
      expect(await put(url, "small")).toBe(200);
      await vi.waitFor(async () => expect(await holder.item()).toMatchObject({ access: "full", storage_exceeded: false }), HEAL);
      expect((await presign(api, storage.token, { operation: "PUT", key: "more" })).status).toBe(200);
    },
    LONG_MS,
  );
});

describe("without the object store", () => {
  it("storage is 503 with Retry-After, a database is 201, readyz degrades; afterwards both work", async () => {
    await expectOutageOfItsKindAlone({ stack: own, service: "object-store", path: "/storage/new", check: "object_store" });
  });

  it("kill -9: it starts again by itself, with what was stored", async () => {
    const storage = await create();
    const { url } = await presigned(api, storage.token, { operation: "PUT", key: "kept" });
    expect(await put(url, "kept")).toBe(200);
    own.service("object-store").kill("SIGKILL");
    const download = await presigned(api, storage.token, { operation: "GET", key: "kept" });
    await vi.waitFor(async () => expect(await (await fetch(download.url)).text()).toBe("kept"), HEAL);
    await vi.waitFor(async () => expect((await post()).status).toBe(201), HEAL);
  });

  it("a deletion waits until it is back, and then nothing is left", async () => {
    const storage = await create();
    const { url } = await presigned(api, storage.token, { operation: "PUT", key: "kept" });
    expect(await put(url, "kept")).toBe(200);
    await own.service("object-store").stop();
    expect((await holderOf(api, storage).remove()).status).toBe(200);
    expectError(await presign(api, storage.token, { operation: "GET", key: "kept" }), "resource_inactive");
    await own.service("object-store").start();
    await own.service("object-store").ready();
    await vi.waitFor(async () => expect((await registryRow(own.facts, storage.id))?.state).toBe("dropped"), HEAL);
  });
});

it("where no object store is configured storage is switched off: 503 service_disabled, and everything else works", async () => {
  expect(await expectKindSwitchedOff({ path: "/storage/new", check: "object_store" })).toBe("degraded");
});
