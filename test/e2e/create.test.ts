/** A 201 holds exactly the documented fields, each of them true, and the database in it works at once. */
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { plans } from "../../contract/plans.ts";
import { allowances, type Created, createdSchema } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { databaseOf, query, refusalOf, withClient } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

const DAY_MS = 86_400_000;
const WEEK_SECONDS = 7 * 24 * 3_600;
/** Between our clock and the server's, and for the create itself. */
const CLOCK_SLACK_MS = 30_000;
const TOO_MANY_CONNECTIONS = "53300";

async function createWith(body: unknown, target = "/db/new"): Promise<Created> {
  const answer = await api.call("POST", target, { body });
  expect(answer.status, answer.text).toBe(201);
  return createdSchema.parse(answer.body);
}

describe("the answer", () => {
  it("has every documented field and no other", async () => {
    const before = Date.now();
    const answer = await api.post({ name: "prod-db" });
    expect(answer.status, answer.text).toBe(201);
    const created = createdSchema.parse(answer.body);
    expect(created).toMatchObject({ ok: true, name: "prod-db", tier: "anonymous", env: "development" });
    expect(created.env_override_reason).toBe("default_no_env_specified");
    expect(created.ignored_fields).toBeUndefined();
    expect(created.token).not.toBe(created.id);
    const expiresAt = Date.parse(created.expires_at);
    expect(expiresAt).toBeGreaterThanOrEqual(before + DAY_MS);
    expect(expiresAt).toBeLessThan(before + DAY_MS + CLOCK_SLACK_MS);
  });

  it("takes its limits from plans.yaml", async () => {
    const { limits, lifetime_hours } = plans.tiers.anonymous;
    expect((await api.create()).limits).toEqual({
      storage_mb: limits.postgres_storage_mb,
      connections: limits.postgres_connections,
      expires_in: `${lifetime_hours}h`,
    });
  });

  it("is JSON nobody keeps, and leads a header to the upgrade", async () => {
    const answer = await api.post({ name: "prod-db" });
    const created = createdSchema.parse(answer.body);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("x-instant-upgrade")).toBe(created.upgrade);
    expect(answer.headers.get("x-idempotent-replay")).toBeNull();
    expect(allowances(answer)).toMatchObject({
      default: { remaining: plans.tiers.anonymous.limits.requests_per_minute - 1 },
      provisions: { remaining: plans.tiers.anonymous.limits.provisions_per_day - 1 },
    });
    expect(answer.headers.get("ratelimit-policy")).toBe('"default";q=100;w=60, "provisions";q=10;w=86400');
  });

  it("echoes the caller's request id, or makes one", async () => {
    const given = await api.post({ name: "prod-db" }, { headers: { "X-Request-ID": "trace-1.a_B" } });
    expect(given.headers.get("x-request-id")).toBe("trace-1.a_B");
    const made = await api.post({ name: "prod-db" }, { headers: { "X-Request-ID": "not an id" } });
    expect(made.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("name and env", () => {
  it.each([["a"], ["9 lives_of-a Database"], ["x".repeat(64)]])("takes the name %j", async (name) => {
    expect((await createWith({ name })).name).toBe(name);
  });

  it("drops white space around the name", async () => {
    expect((await createWith({ name: "  prod db \n" })).name).toBe("prod db");
  });

  it.each([["production"], ["a"], ["-"], ["0-9"], ["e".repeat(32)]])("keeps the env %j and does not excuse itself", async (env) => {
    const created = await createWith({ name: "prod-db", env });
    expect(created.env).toBe(env);
    expect(created.env_override_reason).toBeUndefined();
  });

  it("lets ?env= beat the body", async () => {
    const created = await createWith({ name: "prod-db", env: "staging" }, "/db/new?env=preview");
    expect(created.env).toBe("preview");
    expect(created.env_override_reason).toBeUndefined();
  });

  it("takes a null env as none sent", async () => {
    expect(await createWith({ name: "prod-db", env: null })).toMatchObject({
      env: "development",
      env_override_reason: "default_no_env_specified",
    });
  });

  it("accepts keys it does not know and names them, sorted", async () => {
    const body = '{"zeta":1,"name":"prod-db","__proto__":{"ok":false},"Name":"x","a":[],"constructor":0,"region":"eu"}';
    const created = await createWith(body);
    expect(created.ignored_fields).toEqual(["Name", "__proto__", "a", "constructor", "region", "zeta"]);
    expect(created.name).toBe("prod-db");
  });
});

describe("upgrade_jwt and claim_url", () => {
  const jwks = createRemoteJWKSet(new URL("/.well-known/jwks.json", stack.apiUrl));

  it("verifies with the published keys, opens this resource and lives 7 days", async () => {
    const created = await api.create();
    const { payload, protectedHeader } = await jwtVerify(created.upgrade_jwt, jwks, {
      issuer: stack.publicUrl,
      audience: "instanode:upgrade",
    });
    expect(protectedHeader.kid).toEqual(expect.any(String));
    expect(payload.sub).toBe(created.token);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(WEEK_SECONDS);
    expect(payload.fp).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.keys(payload).sort()).toEqual(["aud", "exp", "fp", "iat", "iss", "jti", "sub"]);
  });

  it("puts a claim-only JWT into the link, which never holds the token", async () => {
    const created = await api.create();
    expect(created.claim_url).toBe(created.upgrade);
    const link = new URL(created.claim_url);
    expect(link.origin + link.pathname).toBe(`${stack.publicUrl}/start`);
    const claimJwt = link.searchParams.get("t") ?? "";
    const { payload } = await jwtVerify(claimJwt, jwks, { issuer: stack.publicUrl, audience: "instanode:claim" });
    expect(payload.sub).toBe(created.id);
    expect(JSON.stringify(payload)).not.toContain(created.token);
    expect(created.claim_url).not.toContain(created.upgrade_jwt);
    expect(created.note).not.toContain(created.token);
  });

  it("publishes no private part of a key", async () => {
    for (const path of ["/.well-known/jwks.json", "/.well-known/jobs/jwks.json"]) {
      const { text } = await api.call("GET", path);
      expect(text).toContain('"x"');
      expect(text).not.toContain('"d"');
    }
  });

  it("has one fingerprint for one caller and another for another", async () => {
    const fingerprint = async (caller: string) => decodeJwt((await api.create({ caller })).upgrade_jwt).fp;
    const [one, other] = [freshCaller(), freshCaller()];
    expect(await fingerprint(one)).toBe(await fingerprint(one));
    expect(await fingerprint(one)).not.toBe(await fingerprint(other));
  });
});

describe("the database", () => {
  it("works at once, through both URLs, and pgvector is there", async () => {
    const created = await api.create();
    for (const url of [created.connection_url, created.internal_url]) {
      const [row] = await query(
        url,
        "SELECT current_database() AS database, current_user::text AS role, '[1,2]'::vector <-> '[1,4]' AS distance",
      );
      expect(row).toEqual({ database: databaseOf(url), role: new URL(url).username, distance: 2 });
    }
  });

  it("is another one for two equal keyless creates", async () => {
    const [one, other] = await Promise.all([api.create(), api.create()]);
    expect(one.id).not.toBe(other.id);
    expect(one.token).not.toBe(other.token);
    expect(databaseOf(one.connection_url)).not.toBe(databaseOf(other.connection_url));
    await query(one.connection_url, "CREATE TABLE mine (id int)");
    expect(await refusalOf(other.connection_url, "SELECT * FROM mine")).toBe("42P01");
  });

  it("takes as many connections as the tier has, and refuses the next", async () => {
    const { connection_url: url, limits } = await api.create();
    expect(limits.connections).toBe(2);
    await withClient(url, () =>
      withClient(url, async (second) => {
        expect(await refusalOf(url, "SELECT 1")).toBe(TOO_MANY_CONNECTIONS);
        expect((await second.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
      }),
    );
    expect(await refusalOf(url, "SELECT 1")).toBeNull();
  });
});
