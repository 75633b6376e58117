/** `POST /storage/new` and what belongs to it: keys for any S3 client, signed URLs, refreshed keys, with the rules of every create. */
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { newAccount, newApiKey } from "../support/accounts.ts";
import { expectError } from "../support/answers.ts";
import { freshKey } from "../support/api.ts";
import { freshCaller } from "../support/callers.ts";
import { registryRow, resourceRow } from "../support/inspect.ts";
import { expectNothingMade } from "../support/nothing-made.ts";
import { query } from "../support/postgres-client.ts";
import { bearer, holderOf } from "../support/resources.ts";
import { api, stack } from "../support/shared-stack.ts";
import { runShell } from "../support/shell.ts";
import { runCron } from "../support/stack.ts";
import { clientOf, type Keyed, keyedSchema, keyFields, presign, presigned } from "../support/storage.ts";

const EVERY_MINUTE = "* * * * *";
const DROP_MS = 20_000;
const MIB = 1_048_576;
const HOUR_MS = 3_600_000;

const create = (caller = freshCaller()): Promise<Keyed> => api.provision("/storage/new", keyedSchema, { name: "uploads-bucket", caller });
const post = (body: unknown, headers: Record<string, string> = {}) => api.call("POST", "/storage/new", { body, headers });
const platform = (text: string, values: unknown[]) => query(stack.platformUrl, text, values);
const refreshed = z.strictObject({
  ok: z.literal(true),
  endpoint: z.url(),
  internal_endpoint: z.url(),
  prefix: z.string(),
  connection_url: z.url(),
  ...keyFields,
});

/** The documentation, letter for letter. */
const CREATE = `curl -X POST https://api.instanode.dev/storage/new \\ -H "Content-Type: application/json" \\ -d '{"name":"uploads-bucket"}'`;
const PRESIGN = `curl -X POST https://api.instanode.dev/storage/$TOKEN/presign \\
-H "Content-Type: application/json" \\
-d '{"operation":"PUT","key":"uploads/photo.jpg","expires_in":600}'`;
const LINES = CREATE.replaceAll("\\ ", "\\\n");

describe("the answer", () => {
  it.each(["bash", "sh"] as const)("of the documentation's curls, pasted into %s, is storage and an upload", async (shell) => {
    const script = `ANSWER=$(${LINES})
TOKEN=$(printf '%s' "$ANSWER" | jq -r .token)
URL=$(${PRESIGN} | jq -r .url)
printf 'the photo' | curl -s -f -X PUT --data-binary @- "$URL" && printf '%s' "$ANSWER"`;
    const { stdout, stderr, exitCode } = await runShell(script, { apiUrl: stack.apiUrl, shell });
    expect(exitCode, stderr).toBe(0);
    const storage = keyedSchema.parse(JSON.parse(stdout));
    const object = { Bucket: storage.bucket, Key: `${storage.prefix}/uploads/photo.jpg` };
    const { Body } = await clientOf(storage).send(new GetObjectCommand(object));
    expect(await Body?.transformToString()).toBe("the photo");
  });

  it("has keys that an ordinary S3 client uses in the very moment it arrives, again and again", async () => {
    for (let tries = 0; tries < 5; tries += 1) {
      const storage = await create();
      const client = clientOf(storage);
      const object = { Bucket: storage.bucket, Key: `${storage.prefix}/greeting.txt` };
      await client.send(new PutObjectCommand({ ...object, Body: "hello", ContentType: "text/plain" }));
      const { Body, ContentType } = await client.send(new GetObjectCommand(object));
      expect([await Body?.transformToString(), ContentType]).toEqual(["hello", "text/plain"]);
      const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: storage.bucket, Prefix: `${storage.prefix}/` }));
      expect(Contents?.map(({ Key }) => Key)).toEqual([object.Key]);
      await client.send(new DeleteObjectCommand(object));
    }
  });

  it("names endpoint, bucket and prefix, and its URL holds no key", async () => {
    const storage = await create();
    expect(storage.connection_url).toBe(`${storage.endpoint}/${storage.bucket}/${storage.prefix}/`);
    const lifetime = new Date(storage.credentials_expire_at).getTime() - Date.now();
    expect([lifetime > HOUR_MS - 60_000, lifetime <= HOUR_MS]).toEqual([true, true]);
    expect(storage.refresh_url).toBe(`/storage/${storage.token}/credentials`);
  });

  it("says no to a neighbour's objects", async () => {
    const [mine, theirs] = [await create(), await create()];
    const object = { Bucket: theirs.bucket, Key: `${theirs.prefix}/secret` };
    await clientOf(theirs).send(new PutObjectCommand({ ...object, Body: "x" }));
    await expect(clientOf(mine).send(new GetObjectCommand(object))).rejects.toMatchObject({ name: "AccessDenied" });
    await expect(clientOf(mine).send(new ListObjectsV2Command({ Bucket: mine.bucket }))).rejects.toMatchObject({ name: "AccessDenied" });
  });
});

describe("its rules are those of every create", () => {
  it.each([
    [{}, "name_required"],
    [{ name: "" }, "name_required"],
    [{ name: "-x" }, "invalid_name"],
    [{ name: "x", env: "NO" }, "invalid_env"],
    ["[]", "invalid_body"],
  ] as const)("%j is %s", async (body, code) => {
    await expectNothingMade(stack, async () => expectError(await post(body), code));
  });

  it("a retry with its key is the same storage, byte for byte", async () => {
    const headers = { "Idempotency-Key": freshKey() };
    const [first, again] = [await post({ name: "one" }, headers), await post({ name: "one" }, headers)];
    expect([first.status, again.text, again.headers.get("x-idempotent-replay")]).toEqual([201, first.text, "true"]);
  });

  it("expired, it is gone at once, and with all it held after the next sweep", async () => {
    const storage = await create();
    await clientOf(storage).send(new PutObjectCommand({ Bucket: storage.bucket, Key: `${storage.prefix}/kept`, Body: "x" }));
    const { url } = await presigned(api, storage.token, { operation: "GET", key: "kept" });
    await platform("UPDATE resources SET expires_at = now() - interval '1 second' WHERE id = $1", [storage.id]);
    expectError(await presign(api, storage.token, { operation: "GET", key: "kept" }), "resource_inactive");
    await runCron(stack, EVERY_MINUTE);
    await vi.waitFor(async () => {
      expect((await resourceRow(stack, storage.id))?.status).toBe("dropped");
      expect((await registryRow(stack, storage.id))?.state).toBe("dropped");
    }, DROP_MS);
    expect((await fetch(url)).status).toBe(403);
    await expect(
      clientOf(storage).send(new ListObjectsV2Command({ Bucket: storage.bucket, Prefix: `${storage.prefix}/` })),
    ).rejects.toMatchObject({
      name: "AccessDenied",
    });
    expectError(await presign(api, storage.token, { operation: "GET", key: "kept" }), "resource_not_found");
  });

  it("its holder sees it, rotates it, and deletes it", async () => {
    const storage = await create();
    const holder = holderOf(api, storage);
    expect(await holder.item()).toMatchObject({ resource_type: "storage", storage_limit_bytes: 10 * MIB, connections_limit: -1 });
    expect((await holder.credentials()).body).toMatchObject({ access_key_id: storage.access_key_id, session_token: storage.session_token });
    const rotated = (await holder.rotate()).body as Keyed;
    const listing = new ListObjectsV2Command({ Bucket: storage.bucket, Prefix: `${storage.prefix}/` });
    await clientOf({ ...storage, ...rotated }).send(listing);
    await expect(clientOf(storage).send(listing)).rejects.toMatchObject({ name: "AccessDenied" });
    expect((await holder.remove()).status).toBe(200);
    expectError(await presign(api, storage.token, { operation: "GET", key: "x" }), "resource_inactive");
  });
});

describe("POST /storage/{token}/presign", () => {
  it("uploads and downloads one object below the prefix, whatever characters its key has", async () => {
    const storage = await create();
    for (const key of ["uploads/photo.jpg", "a b+c&d=e?f#g%h", "ünï/日本/🙂.txt", "it's (a) *star*!", "...", "a..b/.c/d."]) {
      const upload = await presigned(api, storage.token, { operation: "PUT", key });
      expect([upload.method, upload.key, upload.object_key]).toEqual(["PUT", key, `${storage.prefix}/${key}`]);
      expect((await fetch(upload.url, { method: "PUT", body: key })).status, key).toBe(200);
      const { Body } = await clientOf(storage).send(new GetObjectCommand({ Bucket: storage.bucket, Key: upload.object_key }));
      expect(await Body?.transformToString()).toBe(key);
    }
    const download = await presigned(api, storage.token, { operation: "GET", key: "uploads/photo.jpg" });
    expect(await (await fetch(download.url)).text()).toBe("uploads/photo.jpg");
  });

  it.each([
    [undefined, 600],
    [null, 600],
    [1, 1],
    [3_000, 3_000],
  ])("expires_in %j lives %i seconds", async (expires_in, seconds) => {
    const { token } = await create();
    const before = Math.floor(Date.now() / 1_000);
    const { url, expires_at } = await presigned(api, token, {
      operation: "GET",
      key: "x",
      ...(expires_in === undefined ? {} : { expires_in }),
    });
    expect(new URL(url).searchParams.get("X-Amz-Expires")).toBe(String(seconds));
    const lives = new Date(expires_at).getTime() / 1_000 - before;
    expect([lives >= seconds, lives <= seconds + 5]).toEqual([true, true]);
  });

  it.each([3_600, 3_601, 1e9])(
    "expires_in %i lives as long as its keys do, an hour at most, and asks for no other keys",
    async (expires_in) => {
      const { token, access_key_id, credentials_expire_at } = await create();
      for (const _ of ["once", "again"]) {
        const { url, expires_at } = await presigned(api, token, { operation: "GET", key: "x", expires_in });
        const { searchParams } = new URL(url);
        const seconds = Number(searchParams.get("X-Amz-Expires"));
        expect([seconds > HOUR_MS / 1_000 - 60, seconds <= HOUR_MS / 1_000]).toEqual([true, true]);
        expect(new Date(expires_at).getTime()).toBeLessThanOrEqual(new Date(credentials_expire_at).getTime());
        expect(searchParams.get("X-Amz-Credential")?.split("/")[0]).toBe(access_key_id);
      }
    },
  );

  it("takes the token before it looks at the body", async () => {
    for (const body of ["{", { operation: "DELETE" }]) {
      expectError(await presign(api, "not-a-token", body), "invalid_token");
      expectError(await presign(api, "00000000-0000-4000-8000-000000000000", body), "resource_not_found");
    }
    const { token } = await api.create();
    expectError(await presign(api, token, "{"), "not_a_storage_resource");
  });

  const KEY = { operation: "PUT", key: "x" };
  it.each([
    ["{", "invalid_body"],
    [{}, "invalid_operation"],
    [{ key: "x" }, "invalid_operation"],
    [{ ...KEY, operation: "DELETE" }, "invalid_operation"],
    [{ ...KEY, operation: "put" }, "invalid_operation"],
    [{ ...KEY, operation: ["PUT"] }, "invalid_operation"],
    [{ operation: "PUT" }, "invalid_key"],
    [{ ...KEY, key: "" }, "invalid_key"],
    [{ ...KEY, key: 7 }, "invalid_key"],
    [{ ...KEY, key: "x".repeat(1_001) }, "invalid_key"],
    ['{"operation":"PUT","key":"\\ud800"}', "invalid_key"],
    [{ ...KEY, key: "../x" }, "path_unsafe"],
    [{ ...KEY, key: "/x" }, "path_unsafe"],
    [{ ...KEY, key: "a//b" }, "path_unsafe"],
    [{ ...KEY, key: "a/%2e%2e/b" }, "path_unsafe"],
    [{ ...KEY, key: "a%252f..%252fb" }, "path_unsafe"],
    [{ ...KEY, expires_in: 0 }, "invalid_expires_in"],
    [{ ...KEY, expires_in: -1 }, "invalid_expires_in"],
    [{ ...KEY, expires_in: 1.5 }, "invalid_expires_in"],
    [{ ...KEY, expires_in: "600" }, "invalid_expires_in"],
  ] as const)("%j is %s", async (body, code) => {
    const { token } = await create();
    expectError(await presign(api, token, body), code);
  });

  it("takes a bearer only if it is this resource's own", async () => {
    const [mine, theirs] = [await create(), await create()];
    const body = { operation: "GET", key: "x" };
    expect((await presign(api, mine.token, body, { headers: bearer(mine.upgrade_jwt) })).status).toBe(200);
    expectError(await presign(api, mine.token, body, { headers: bearer(theirs.upgrade_jwt) }), "cross_team_session");
    expectError(await presign(api, mine.token, body, { headers: { Authorization: "Bearer x" } }), "unauthorized");
  });

  it("of a team: its own bearer presigns and refreshes, another team's and a read-only key do not", async () => {
    const [owner, stranger] = [await newAccount(api, { caller: freshCaller() }), await newAccount(api, { caller: freshCaller() })];
    const made = await post({ name: "team-bucket" }, owner.bearer);
    expect(made.status, made.text).toBe(201);
    const { token, limits } = z.looseObject({ token: z.uuid(), limits: z.looseObject({ storage_mb: z.number() }) }).parse(made.body);
    expect(limits).toEqual({ storage_mb: 512 });
    const body = { operation: "PUT", key: "x" };
    expect((await presign(api, token, body, { headers: owner.bearer })).status).toBe(200);
    expect((await presign(api, token, body)).status).toBe(200);
    expectError(await presign(api, token, body, { headers: stranger.bearer }), "cross_team_session");
    const readOnly = await newApiKey(api, owner, ["read"]);
    expectError(await presign(api, token, body, { headers: readOnly.bearer }), "insufficient_scope");
    const refresh = (headers: Record<string, string>) => api.call("POST", `/storage/${token}/credentials`, { headers });
    expect((await refresh(owner.bearer)).status).toBe(200);
    expectError(await refresh(stranger.bearer), "not_found");
  });

  it("answers ten times a minute for a token, whoever asks; the eleventh is 429, and other tokens go on", async () => {
    const [one, other] = [await create(), await create()];
    const body = { operation: "GET", key: "x" };
    const answers = await Promise.all(Array.from({ length: 11 }, () => presign(api, one.token, body, { caller: freshCaller() })));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(10).fill(200), 429]);
    const refused = await presign(api, one.token, body);
    expectError(refused, "rate_limited", { retryAfter: Number(refused.headers.get("retry-after")) });
    expect((await presign(api, other.token, body)).status).toBe(200);
  });

  it.each([
    ["at its limit", 10 * MIB, "full", null, 200],
    ["a byte above it", 10 * MIB + 1, "full", null, 402],
    ["read-only", 0, "read_only", "storage_limit_exceeded", 402],
  ])("%s: PUT is answered so, GET goes on", async (_, bytes, access, reason, status) => {
    const storage = await create();
    await platform(
      "UPDATE resources SET storage_bytes = $2, access = $3, access_reason = $4, measured_at = now() + interval '1 hour' WHERE id = $1",
      [storage.id, bytes, access, reason],
    );
    const put = await presign(api, storage.token, { operation: "PUT", key: "x" });
    expect(put.status).toBe(status);
    if (status === 402) expectError(put, "storage_limit_reached");
    expect((await presign(api, storage.token, { operation: "GET", key: "x" })).status).toBe(200);
  });
});

describe("while the engine lets nobody in and the row does not know", () => {
  it("nothing is signed and no keys are shown: never with the platform's own, which open the whole bucket", async () => {
    const storage = await create();
    const holder = holderOf(api, storage);
    await query(stack.registryUrl, "UPDATE tenants SET access = 'none' WHERE resource_id = $1", [storage.id]);
    expect((await holder.rotate()).status).toBe(200);
    const refused = await presign(api, storage.token, { operation: "GET", key: "x" });
    expectError(refused, "sign_failed");
    expect(refused.text).not.toContain("X-Amz-");
    expectError(await holder.credentials(), "update_failed");
    const headers = bearer(storage.upgrade_jwt);
    expectError(await api.call("POST", `/storage/${storage.token}/credentials`, { headers }), "update_failed");
  });
});

describe("POST /storage/{token}/credentials", () => {
  const refresh = (token: string, headers: Record<string, string> = {}) => api.call("POST", `/storage/${token}/credentials`, { headers });

  it("gives other keys to who holds the resource; old and new both work, and the row keeps the new ones", async () => {
    const storage = await create();
    const answer = await refresh(storage.token, bearer(storage.upgrade_jwt));
    expect(answer.status, answer.text).toBe(200);
    const fresh = refreshed.parse(answer.body);
    expect(fresh.access_key_id).not.toBe(storage.access_key_id);
    expect([fresh.prefix, fresh.connection_url]).toEqual([storage.prefix, storage.connection_url]);
    const listing = new ListObjectsV2Command({ Bucket: storage.bucket, Prefix: `${storage.prefix}/` });
    for (const keys of [fresh, storage]) await clientOf(keys).send(listing);
    expect((await holderOf(api, storage).credentials()).body).toMatchObject({ access_key_id: fresh.access_key_id });
  });

  it("is refused to everybody else", async () => {
    const [mine, theirs] = [await create(), await create()];
    expectError(await refresh(mine.token), "unauthorized");
    expectError(await refresh(mine.token, bearer(theirs.upgrade_jwt)), "not_found");
    const database = await api.create();
    expectError(await refresh(database.token, bearer(database.upgrade_jwt)), "not_a_storage_resource");
  });
});
