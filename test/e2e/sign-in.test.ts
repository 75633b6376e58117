/** Magic links, sessions and the credentials that are none. */
import { randomBytes, randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { SESSION_COOKIE } from "../../contract/accounts.ts";
import type { AuthErrorCode } from "../../contract/errors.ts";
import { loadSecrets } from "../../dev/secrets.ts";
import { freshEmail, mailsTo, newAccount, newApiKey, newestLink, pressButton, sessionOf } from "../support/accounts.ts";
import { expectError } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { documentSchema, operationsOf } from "../support/openapi.ts";
import { query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

const askForLink = (email: string, more: Record<string, unknown> = {}) =>
  api.call("POST", "/auth/email/start", { body: { email, ...more } });
const whoami = (headers: Record<string, string>) => api.call("GET", "/api/v1/whoami", { headers });
const bearer = (jwt: string) => ({ Authorization: `Bearer ${jwt}` });

describe("POST /auth/email/start", () => {
  it("answers alike, byte for byte, whether or not the address has an account", async () => {
    const { email } = await newAccount(api);
    const [known, unknown] = [await askForLink(email), await askForLink(freshEmail())];
    expect([known.status, known.text]).toEqual([202, '{"ok":true}']);
    expect([unknown.status, unknown.text]).toEqual([202, '{"ok":true}']);
  });

  it("tells the owner of an address without an account so, and gives him no link", async () => {
    const email = freshEmail();
    await askForLink(email);
    const [mail] = await mailsTo(api, email);
    expect(mail?.subject).toContain("no account");
    expect(mail?.text).not.toContain("callback");
  });

  it("sends an address five mails an hour, and absorbs the sixth without a word", async () => {
    const email = freshEmail();
    const answers: string[] = [];
    for (let mail = 1; mail <= 6; mail += 1) answers.push(`${(await askForLink(email)).status}`);
    expect(answers).toEqual(["202", "202", "202", "202", "202", "202"]);
    expect(await mailsTo(api, email)).toHaveLength(5);
  });

  it("bounds one sender, whatever addresses he names", async () => {
    const caller = freshCaller();
    const statuses: number[] = [];
    for (let mail = 0; mail <= 20; mail += 1) {
      statuses.push((await api.call("POST", "/auth/email/start", { caller, body: { email: freshEmail() } })).status);
    }
    expect([statuses.filter((status) => status === 202).length, statuses.at(-1)]).toEqual([20, 429]);
  });

  it.each([["//evil.example"], ["https://evil.example"], ["/\\evil.example"], ["/a\nb"], [42]])(
    "leads nowhere else: return_to %j",
    async (return_to) => {
      expectError(await askForLink(freshEmail(), { return_to }), "invalid_return_to");
    },
  );
});

describe("a sign-in link", () => {
  it("opened ten times by GET still works once by POST", async () => {
    const { email } = await newAccount(api);
    await askForLink(email, { return_to: "/login" });
    const token = await newestLink(api, email);
    for (let opened = 0; opened < 10; opened += 1) expect((await api.call("GET", `/auth/email/callback?t=${token}`)).status).toBe(200);
    const pressed = await pressButton(api, token);
    expect(pressed.headers.get("location")).toBe("/login");
    expect(pressed.headers.get("set-cookie")).toMatch(
      new RegExp(`^${SESSION_COOKIE}=[^;]+; Max-Age=86400; Path=/; HttpOnly; Secure; SameSite=Lax$`),
    );
    expect((await whoami(bearer(sessionOf(pressed)))).body).toMatchObject({ email, credential: "session" });
    expect((await pressButton(api, token)).status).toBe(410);
    expect((await api.call("GET", `/auth/email/callback?t=${token}`)).text).toContain("used already");
  });

  it("is one of the newest three of its address: a fourth one ends the first", async () => {
    const { email } = await newAccount(api);
    const tokens: string[] = [];
    for (let link = 0; link < 4; link += 1) {
      await askForLink(email);
      tokens.push(await newestLink(api, email));
    }
    const statuses = await Promise.all(tokens.map(async (token) => (await api.call("GET", `/auth/email/callback?t=${token}`)).status));
    expect(statuses).toEqual([410, 200, 200, 200]);
  });

  it("works up to its last second, and not one after", async () => {
    const { email } = await newAccount(api);
    await askForLink(email);
    const token = await newestLink(api, email);
    const shift = (seconds: number) =>
      query(stack.platformUrl, "UPDATE magic_links SET expires_at = now() + make_interval(secs => $1) WHERE email = $2", [seconds, email]);
    await shift(-1);
    expect((await pressButton(api, token)).text).toContain("has expired");
    await shift(30);
    expect((await pressButton(api, token)).status).toBe(303);
  });

  it("is refused when another site posts it, whichever of the two headers says so", async () => {
    const { email } = await newAccount(api);
    await askForLink(email);
    const token = await newestLink(api, email);
    for (const headers of [
      { Origin: "https://evil.example" },
      { Origin: "null" },
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
    ]) {
      expect((await pressButton(api, token, { headers })).status).toBe(403);
    }
    const own = { Origin: stack.publicUrl, "Sec-Fetch-Site": "same-origin" };
    expect((await pressButton(api, token, { headers: own })).status).toBe(303);
  });
});

describe("a session", () => {
  it("ends at once by signing out, as a cookie and as a bearer, and signing out twice is fine", async () => {
    const { cookie, bearer: header } = await newAccount(api);
    expect((await whoami(cookie)).status).toBe(200);
    const out = await api.call("POST", "/auth/logout", { headers: cookie });
    expect([out.status, out.headers.get("set-cookie")]).toEqual([
      200,
      expect.stringMatching(new RegExp(`^${SESSION_COOKIE}=; Max-Age=0;`)),
    ]);
    for (const headers of [cookie, header]) expect(expectError(await whoami(headers), "unauthorized").error_code).toBe("revoked_session");
    expect((await api.call("POST", "/auth/logout", { headers: cookie })).status).toBe(200);
    expect((await api.call("POST", "/auth/logout")).status).toBe(200);
  });

  it("makes resources of its team with the tier's limits, without an end and without a claim link", async () => {
    const { bearer: headers } = await newAccount(api);
    const answer = await api.call("POST", "/db/new", { headers, body: { name: "ours", team_id: randomUUID(), tier: "team" } });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.body).toMatchObject({ tier: "hobby", limits: { storage_mb: 1024, connections: 8 }, ignored_fields: ["team_id", "tier"] });
    for (const key of ["upgrade_jwt", "upgrade", "claim_url", "expires_at", "note"]) expect(answer.body).not.toHaveProperty(key);
  });
});

describe("credentials that are none", () => {
  const rows = async (): Promise<[what: string, credential: string, code: AuthErrorCode, ownToken?: string][]> => {
    const { created, session } = await newAccount(api);
    const { tokenSigningKeys, jobSigningKeys } = await loadSecrets(stack.secretsFile);
    const claims = { iss: stack.publicUrl, aud: "instanode:session", sub: randomUUID(), jti: randomUUID() };
    const now = Math.floor(Date.now() / 1000);
    const [ours] = tokenSigningKeys.keys;
    if (!ours) throw new Error("no key");
    const sign = async (changes: object, jwk: Parameters<typeof importJWK>[0] = ours, kid = ours.kid) =>
      new SignJWT({ ...claims, iat: now, exp: now + 60, ...changes })
        .setProtectedHeader({ alg: "EdDSA", kid })
        .sign(await importJWK(jwk, "EdDSA"));
    const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
    const foreign = await exportJWK(privateKey);
    const fresh = await api.create({ caller: freshCaller() });
    return [
      ["alg none", new UnsecuredJWT({ ...claims, exp: now + 60 }).encode(), "invalid_claims"],
      ["another key under our kid", await sign({}, foreign), "invalid_claims"],
      ["a key for jobs", await sign({}, jobSigningKeys.keys[0], jobSigningKeys.keys[0]?.kid), "invalid_claims"],
      ["another audience", await sign({ aud: "instanode:admin" }), "invalid_claims"],
      ["another issuer", await sign({ iss: "https://elsewhere.example" }), "invalid_claims"],
      ["expired", await sign({ iat: now - 120, exp: now - 60 }), "expired_token"],
      ["a session nobody opened", await sign({}), "revoked_session"],
      [
        "a session of another user",
        await sign({
          jti: z.object({ jti: z.string() }).parse(JSON.parse(Buffer.from(session.split(".")[1] ?? "", "base64url").toString())).jti,
        }),
        "revoked_session",
      ],
      ["an upgrade JWT", fresh.upgrade_jwt, "invalid_claims"],
      ["an upgrade JWT after its claim", created.upgrade_jwt, "invalid_claims", created.token],
      ["a claim-only JWT", new URL(fresh.claim_url).searchParams.get("t") ?? "", "invalid_claims"],
      ["a resource token", fresh.token, "malformed_token"],
      ["an API key nobody made", `ink_${"x".repeat(43)}`, "invalid_claims"],
      ["half an API key", "ink_abc", "malformed_token"],
      ["nonsense", "nonsense", "malformed_token"],
    ];
  };

  const ask = (method: string, target: string, credential: string) =>
    api.call(method, target, { caller: null, headers: bearer(credential), ...(method === "POST" ? { body: { name: "x" } } : {}) });

  it("are 401 with the reason on every route that takes a credential, as bearers and as cookies", async () => {
    const document = documentSchema.parse((await api.call("GET", "/openapi.json")).body);
    // Whoever signs out is signed out, whatever he had.
    const routes = operationsOf(document).filter(
      ({ path, security }) => path !== "/auth/logout" && security.some((rule) => "bearerAuth" in rule),
    );
    expect(routes.length).toBeGreaterThan(20);
    const refused = new Set<string>();
    for (const [what, credential, code, ownToken = randomUUID()] of await rows()) {
      for (const { method, path } of routes) {
        const target = path.replaceAll("{token}", ownToken).replaceAll(/\{\w+\}/g, randomUUID());
        const answer = await ask(method, target, credential);
        // Where the holder of a resource may ask, an upgrade JWT is no bad credential: what it does not open is not there.
        if (answer.status === 404 && what.startsWith("an upgrade JWT") && path.includes("{token}")) continue;
        expect([what, path, expectError(answer, "unauthorized").error_code]).toEqual([what, path, code]);
        refused.add(`${what} at ${path}`);
      }
      const cookie = await whoami({ Cookie: `${SESSION_COOKIE}=${credential}` });
      expect([what, expectError(cookie, "unauthorized").error_code]).toEqual([what, code]);
    }
    expect(expectError(await whoami({}), "unauthorized").error_code).toBe("missing_credentials");
    for (const path of [
      "/api/v1/resources/{token}",
      "/api/v1/resources/{token}/credentials",
      "/api/v1/resources/{token}/rotate-credentials",
    ])
      expect(refused).toContain(`an upgrade JWT after its claim at ${path}`);
  });

  it("a claim-only JWT opens not even its own resource, and an upgrade JWT no other", async () => {
    const [one, other] = [await api.create(), await api.create()];
    const open = (token: string, jwt: string) => api.call("GET", `/api/v1/resources/${token}`, { headers: bearer(jwt) });
    expectError(await open(one.token, new URL(one.claim_url).searchParams.get("t") ?? ""), "unauthorized");
    expectError(await open(one.token, other.upgrade_jwt), "not_found");
    expect((await open(one.token, one.upgrade_jwt)).status).toBe(200);
  });
});

describe("the device flow", () => {
  const beginSchema = z.object({
    session_id: z.uuid(),
    auth_url: z.url(),
    user_code: z.string(),
    poll_secret: z.string(),
    expires_in: z.literal(600),
  });
  const begin = async () => beginSchema.parse((await api.call("POST", "/auth/cli")).body);
  const poll = (id: string, secret?: string) =>
    api.call("GET", `/auth/cli/${id}`, secret === undefined ? {} : { headers: { "X-Poll-Secret": secret } });

  it("gives a key to the tool a person has said yes to, once, and nothing without the secret", async () => {
    const account = await newAccount(api);
    const login = await begin();
    expect(login.auth_url).not.toContain(login.poll_secret);
    expect((await poll(login.session_id, login.poll_secret)).body).toEqual({ ok: true, status: "pending", pending: true });
    const page = await api.call("GET", new URL(login.auth_url).pathname, { headers: account.cookie });
    expect(page.text).toContain(login.user_code);
    const complete = () => api.call("POST", `/auth/cli/${login.session_id}/complete`, { headers: account.cookie });
    expect([(await complete()).status, (await complete()).status]).toEqual([200, 200]);
    expectError(await poll(login.session_id), "session_not_found");
    expectError(await poll(login.session_id, randomBytes(32).toString("base64url")), "session_not_found");
    const done = await poll(login.session_id, login.poll_secret);
    const { api_key, api_token } = z.object({ api_key: z.string(), api_token: z.string() }).parse(done.body);
    expect(api_key).toBe(api_token);
    expect(done.body).toMatchObject({ status: "complete", email: account.email, tier: "hobby", claimed_tokens: [] });
    expect((await whoami(bearer(api_key))).body).toMatchObject({ email: account.email, credential: "api_key" });
    expectError(await poll(login.session_id, login.poll_secret), "session_not_found");
  });

  it("cannot be approved by a key, by nobody, or by another once it is somebody's", async () => {
    const [mine, yours] = [await newAccount(api, { caller: freshCaller() }), await newAccount(api, { caller: freshCaller() })];
    const login = await begin();
    const complete = (headers: Record<string, string>) => api.call("POST", `/auth/cli/${login.session_id}/complete`, { headers });
    expectError(await complete((await newApiKey(api, mine, ["admin"])).bearer), "session_required");
    expectError(await complete({}), "unauthorized");
    expect((await complete(mine.bearer)).status).toBe(200);
    expectError(await complete(yours.bearer), "session_not_found");
  });

  it("leads a person who is not signed in to the sign-in page and back", async () => {
    const { auth_url } = await begin();
    const answer = await api.call("GET", new URL(auth_url).pathname);
    expect([answer.status, answer.headers.get("location")]).toEqual([
      303,
      `/login?return_to=${encodeURIComponent(new URL(auth_url).pathname)}`,
    ]);
  });
});

it("another site can do nothing with our user's cookie, at any route of the document or form of a page", async () => {
  const { cookie, created } = await newAccount(api);
  const document = documentSchema.parse((await api.call("GET", "/openapi.json")).body);
  const documented = operationsOf(document).flatMap(({ method, path, security }) =>
    method !== "GET" && security.some((rule) => "bearerAuth" in rule) ? [[method, path] as const] : [],
  );
  const forms = [
    ["POST", "/auth/logout"],
    ["POST", "/logout"],
    ["POST", "/login"],
    ["POST", "/claim/email"],
    ["POST", "/auth/cli/{id}/approve"],
  ] as const;
  expect(documented.length).toBeGreaterThan(14);
  for (const [method, path] of [...documented, ...forms]) {
    const target = path.replaceAll("{token}", created.token).replaceAll(/\{\w+\}/g, randomUUID());
    for (const evil of [{ Origin: "https://evil.example" }, { "Sec-Fetch-Site": "cross-site" }]) {
      const answer = await api.call(method, target, { caller: null, headers: { ...cookie, ...evil }, body: { name: "x" } });
      expect([path, answer.status]).toEqual([path, 403]);
    }
  }
  expect((await whoami(cookie)).status).toBe(200);
  expect((await api.call("POST", "/db/new", { headers: { ...cookie, Origin: stack.publicUrl }, body: { name: "x" } })).status).toBe(201);
});
