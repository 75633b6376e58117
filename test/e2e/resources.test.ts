/** Who holds a resource's own JWT sees it, reveals, rotates and deletes it; for everybody else it is not there. */
import { randomUUID } from "node:crypto";
import { importJWK, SignJWT } from "jose";
import { describe, expect, it, vi } from "vitest";
import { loadSecrets } from "../../dev/secrets.ts";
import { comparable, expectError } from "../support/answers.ts";
import { freshKey } from "../support/api.ts";
import { freshCaller } from "../support/callers.ts";
import { existsOnServer, registryRow, resourceRow } from "../support/inspect.ts";
import { query, refusalOf, withClient } from "../support/postgres-client.ts";
import { bearer, type Held, holderOf, itemAnswerSchema, resourcePath } from "../support/resources.ts";
import { api, stack } from "../support/shared-stack.ts";
import { runCron } from "../support/stack.ts";

const MIB = 1_048_576;
const EVERY_MINUTE = "* * * * *";
const GONE_MS = 20_000;
const ROUTES = [
  ["GET", ""],
  ["GET", "/credentials"],
  ["POST", "/rotate-credentials"],
  ["DELETE", ""],
] as const;

const platform = (text: string, values: unknown[]) => query(stack.platformUrl, text, values);
const urlOf = (body: unknown): string => (body as { connection_url: string }).connection_url;
const opens = async (url: string) => (await refusalOf(url, "SELECT 1")) ?? "ok";
const WRONG_PASSWORD = "28P01";

describe("GET a resource", () => {
  it.each(["/db/new", "/vector/new"])("of %s shows what it is and may use, twice, and no credentials", async (path) => {
    const answer = await api.call("POST", path, { body: { name: "mine", env: "staging" } });
    const created = answer.body as Held & Record<string, unknown>;
    const got = await holderOf(api, created).get();
    const { item, resource } = itemAnswerSchema.parse(got.body);
    expect(resource).toEqual(item);
    expect(item).toMatchObject({
      id: created.id,
      token: created.token,
      resource_type: path === "/db/new" ? "postgres" : "vector",
      env: "staging",
      name: "mine",
      storage_limit_bytes: 10 * MIB,
      storage_exceeded: false,
      connections_limit: 2,
      access: "full",
      expires_at: created.expires_at,
    });
    expect(got.text).not.toContain("postgres://");
    expect(got.headers.get("cache-control")).toBe("no-store");
  });

  it.each([
    [10 * MIB, false],
    [10 * MIB + 1, true],
  ])("with %i bytes: storage_exceeded is %s", async (bytes, exceeded) => {
    const created = await api.create();
    await platform("UPDATE resources SET storage_bytes = $2, measured_at = now() + interval '1 hour' WHERE id = $1", [created.id, bytes]);
    expect(await holderOf(api, created).item()).toMatchObject({ storage_bytes: bytes, storage_exceeded: exceeded });
  });

  it("takes the token in capitals, and a JSON type on a request without a body", async () => {
    const created = await api.create();
    const headers = { ...bearer(created.upgrade_jwt), "Content-Type": "application/json" };
    const answer = await api.call("GET", resourcePath({ token: created.token.toUpperCase() }), { headers });
    expect(itemAnswerSchema.parse(answer.body).item.token).toBe(created.token);
  });
});

describe("GET its credentials", () => {
  it("shows what the create answered, and it works", async () => {
    const created = await api.create();
    const answer = await holderOf(api, created).credentials();
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        ok: true,
        id: created.id,
        token: created.token,
        resource_type: "postgres",
        env: "development",
        connection_url: created.connection_url,
        internal_url: created.internal_url,
      },
    ]);
    expect(await opens(urlOf(answer.body))).toBe("ok");
  });

  it("is refused for a kind that has none, and so is their rotation", async () => {
    const created = await api.create();
    await platform("UPDATE resources SET kind = 'webhook' WHERE id = $1", [created.id]);
    expectError(await holderOf(api, created).credentials(), "no_connection_url");
    expectError(await holderOf(api, created).rotate(), "no_connection_url");
    expect(await holderOf(api, created).item()).toMatchObject({ resource_type: "webhook", connections_limit: -1 });
    await platform("UPDATE resources SET kind = 'postgres' WHERE id = $1", [created.id]);
  });
});

describe("the bearer", () => {
  it.each(ROUTES)("of %s %s must be there and must be the resource's own upgrade JWT", async (method, rest) => {
    const created = await api.create();
    const call = (headers: Record<string, string>) => api.call(method, resourcePath(created, rest), { headers });
    const now = Math.floor(Date.now() / 1000);
    const [signing] = (await loadSecrets(stack.secretsFile)).tokenSigningKeys.keys;
    if (signing === undefined) throw new Error("the stack has no token key");
    const expired = await new SignJWT({ fp: "f" })
      .setProtectedHeader({ alg: "EdDSA", kid: signing.kid })
      .setIssuer(stack.publicUrl)
      .setAudience("instanode:upgrade")
      .setSubject(created.token)
      .setJti(freshKey())
      .setIssuedAt(now - 3_600)
      .setExpirationTime(now - 1_800)
      .sign(await importJWK(signing, "EdDSA"));
    for (const [headers, code] of [
      [{}, "missing_credentials"],
      [{ Authorization: "Basic dTpw" }, "malformed_token"],
      [bearer(created.token), "malformed_token"],
      [bearer(expired), "expired_token"],
      [bearer(new URL(created.claim_url).searchParams.get("t") ?? ""), "invalid_claims"],
    ] as const) {
      const envelope = expectError(await call(headers), "unauthorized");
      expect([envelope.error_code, envelope.upgrade_url]).toEqual([code, `${stack.publicUrl}/login`]);
    }
    expect(await opens(created.connection_url)).toBe("ok");
  });

  it("opens nothing any more once the resource is claimed", async () => {
    const created = await api.create();
    const team = randomUUID();
    await platform("INSERT INTO teams (id, name, tier, created_at) VALUES ($1, 'theirs', 'hobby', now())", [team]);
    await platform("UPDATE resources SET team_id = $2 WHERE id = $1", [created.id, team]);
    for (const [method, rest] of ROUTES) {
      const answer = await api.call(method, resourcePath(created, rest), { headers: bearer(created.upgrade_jwt) });
      expect(expectError(answer, "unauthorized").error_code).toBe("invalid_claims");
    }
    await platform("UPDATE resources SET team_id = NULL WHERE id = $1", [created.id]);
  });
});

describe("what is not the caller's is not there", () => {
  it.each(ROUTES)("%s %s: unknown, somebody else's, expired, deleted and no token at all are the same bytes", async (method, rest) => {
    const [mine, others, over, deleted] = [
      await api.create(),
      await api.create({ caller: freshCaller() }),
      await api.create(),
      await api.create(),
    ];
    await platform("UPDATE resources SET expires_at = now() WHERE id = $1", [over.id]);
    expect((await holderOf(api, deleted).remove()).status).toBe(200);
    const ask = async (token: string, jwt: string) => {
      const headers = { ...bearer(jwt), "X-Request-ID": "the-same" };
      const answer = await api.call(method, resourcePath({ token }, rest), { caller: null, headers });
      expectError(answer, "not_found");
      return comparable(answer);
    };
    const unknown = await ask(randomUUID(), mine.upgrade_jwt);
    for (const [what, token, jwt] of [
      ["somebody else's", others.token, mine.upgrade_jwt],
      ["mine with somebody else's JWT", mine.token, others.upgrade_jwt],
      ["expired, though no sweep was there yet", over.token, over.upgrade_jwt],
      ["deleted", deleted.token, deleted.upgrade_jwt],
      ["no token", "no-token", mine.upgrade_jwt],
    ] as const) {
      expect(await ask(token, jwt), what).toEqual(unknown);
    }
    expect([await opens(mine.connection_url), await opens(others.connection_url)]).toEqual(["ok", "ok"]);
  });

  it("an expired one is in no preview of a claim either", async () => {
    const [over, mine] = [await api.create(), await api.create()];
    await platform("UPDATE resources SET expires_at = now() WHERE id = $1", [over.id]);
    for (const { upgrade_jwt } of [over, mine]) {
      const { items } = (await api.call("GET", `/claim/preview?t=${upgrade_jwt}`)).body as { items: { id?: string }[] };
      // Its own token can claim nothing any more, so it shows nothing of what else is behind the address.
      expect(items.map(({ id }) => id)).toEqual(upgrade_jwt === mine.upgrade_jwt ? [mine.id] : []);
    }
  });
});

describe("DELETE a resource", () => {
  it("takes it away whole: database, role, secrets; the second time there is nothing", async () => {
    const created = await api.create();
    await withClient(created.connection_url, async (client) => {
      await client.query("CREATE TABLE kept (i int)");
      const answer = await holderOf(api, created).remove();
      expect([answer.status, answer.body]).toEqual([200, { ok: true, message: expect.stringMatching(/is deleted/) }]);
      expectError(await holderOf(api, created).remove(), "not_found");
      await vi.waitFor(async () => expect(await resourceRow(stack, created.id)).toMatchObject({ status: "dropped" }), { timeout: GONE_MS });
    });
    expect(await resourceRow(stack, created.id)).toMatchObject({ generation: 2, drop_reason: "deleted" });
    expect(await existsOnServer(stack, created.connection_url)).toEqual({ database: false, role: false });
  });

  it("of ten at once lets one say that it did it", async () => {
    const created = await api.create();
    const answers = await Promise.all(Array.from({ length: 10 }, () => holderOf(api, created).remove()));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(404)]);
  });

  it("forgets the answer its key would replay, before it is answered itself", async () => {
    const key = freshKey();
    const created = await api.create({ key });
    await holderOf(api, created).remove();
    const again = await api.create({ key });
    expect(again.id).not.toBe(created.id);
    expect(await opens(again.connection_url)).toBe("ok");
  });
});

describe("rotate-credentials", () => {
  it("answers another password that works; the old one and its sessions die; the reveal shows the new one", async () => {
    const key = freshKey();
    const created = await api.create({ key });
    const holder = holderOf(api, created);
    await withClient(created.connection_url, async (client) => {
      await client.query("CREATE TABLE kept (i int)");
      const answer = await holder.rotate();
      expect(answer.status, answer.text).toBe(200);
      expect(Object.keys(answer.body as object).sort()).toEqual(["connection_url", "internal_url", "ok"]);
      const renewed = urlOf(answer.body);
      expect([await opens(created.connection_url), await opens(renewed)]).toEqual([WRONG_PASSWORD, "ok"]);
      await expect(client.query("SELECT 1")).rejects.toThrow();
      expect(await query(renewed, "SELECT count(*)::int AS n FROM kept")).toEqual([{ n: 0 }]);
      expect(urlOf((await holder.credentials()).body)).toBe(renewed);
    });
    // The answer of the create held the old password: its key makes a new one now.
    expect((await api.create({ key })).id).not.toBe(created.id);
  });

  it("of five at once leaves one password that works, and the reveal shows it", async () => {
    const created = await api.create();
    const holder = holderOf(api, created);
    const answers = await Promise.all(Array.from({ length: 5 }, () => holder.rotate()));
    for (const answer of answers) expect([200, 503], answer.text).toContain(answer.status);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    expect(await opens(urlOf((await holder.credentials()).body))).toBe("ok");
    expect(await opens(created.connection_url)).toBe(WRONG_PASSWORD);
  });

  /** As a Worker leaves it that died after the engine had the new password and before the row had it. */
  async function cutOff() {
    const created = await api.create();
    const [before] = await platform("SELECT grant_sealed FROM resources WHERE id = $1", [created.id]);
    const renewed = urlOf((await holderOf(api, created).rotate()).body);
    await platform(
      `UPDATE resources SET grant_sealed = $2, rotation = 0, rotate_generation = generation, changed_at = now() - interval '80 seconds'
       WHERE id = $1`,
      [created.id, before?.grant_sealed],
    );
    return { created, renewed, holder: holderOf(api, created) };
  }
  const rotationOf = async (id: string) => (await platform("SELECT rotation, rotate_generation FROM resources WHERE id = $1", [id]))[0];

  it("that was cut off is taken up by the next one: the same new password", async () => {
    const { created, renewed, holder } = await cutOff();
    expect(urlOf((await holder.rotate()).body)).toBe(renewed);
    expect(await rotationOf(created.id)).toEqual({ rotation: 1, rotate_generation: null });
  });

  it("that was cut off is ended by a reveal, which never shows a dead password", async () => {
    const { created, renewed, holder } = await cutOff();
    expect(urlOf((await holder.credentials()).body)).toBe(renewed);
    expect(await rotationOf(created.id)).toEqual({ rotation: 1, rotate_generation: null });
  });

  it("that was cut off is ended by the cron when nobody asks", async () => {
    const { created, renewed, holder } = await cutOff();
    await runCron(stack, EVERY_MINUTE);
    expect(await rotationOf(created.id)).toEqual({ rotation: 1, rotate_generation: null });
    expect(urlOf((await holder.credentials()).body)).toBe(renewed);
  });

  it("that another change has overtaken goes on under a new generation, with the same password", async () => {
    const { created, renewed, holder } = await cutOff();
    await query(stack.registryUrl, "UPDATE tenants SET generation = generation + 1 WHERE resource_id = $1", [created.id]);
    expect(urlOf((await holder.rotate()).body)).toBe(renewed);
    expect(await opens(renewed)).toBe("ok");
    expect((await registryRow(stack, created.id))?.generation).toBe((await resourceRow(stack, created.id))?.generation);
  });
});
