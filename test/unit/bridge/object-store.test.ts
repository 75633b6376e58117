/** Which mode a backend gives, what a tenant's policy says, and R2's keys as Cloudflare documents them. */
import { createHash } from "node:crypto";
import { jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createBackend, decideMode } from "../../../provisioner-bridge/engines/s3/backends.ts";
import { createClients } from "../../../provisioner-bridge/engines/s3/clients.ts";
import { missingOfObjectStore, objectStoreOf, objectStoreVariables } from "../../../provisioner-bridge/engines/s3/configuration.ts";
import { signR2Keys } from "../../../provisioner-bridge/engines/s3/grants/r2.ts";
import { tenantOf } from "../../../provisioner-bridge/engines/s3/marks.ts";
import { tenantPolicy } from "../../../provisioner-bridge/engines/s3/policy.ts";
import { systemClock } from "../../../provisioner-bridge/ports/clock.ts";

const variables = z.object(objectStoreVariables);
const GIVEN = {
  OBJECT_STORE_ENDPOINT: "https://s3.example.com/",
  OBJECT_STORE_BUCKET: "instanode-tenants",
  OBJECT_STORE_ACCESS_KEY_ID: "PLATFORM",
  OBJECT_STORE_SECRET_ACCESS_KEY: "platform-secret",
};

function configOf(vars: Record<string, string>) {
  const config = objectStoreOf(variables.parse({ ...GIVEN, ...vars }));
  if (config === null) throw new Error("no object store");
  return config;
}

function modeOf(vars: Record<string, string>): string {
  const config = configOf(vars);
  const clients = createClients(config);
  try {
    return decideMode(createBackend(config, clients, systemClock).capabilities(), config.mode);
  } finally {
    clients.close();
  }
}

describe("the mode, decided by OBJECT_STORE_BACKEND and what it is capable of", () => {
  const PRINCIPAL = { OBJECT_STORE_PRINCIPAL_ARN: "arn:aws:iam::123456789012:user/platform" };
  const ROLE = { OBJECT_STORE_ROLE_ARN: "arn:aws:iam::123456789012:role/tenants" };
  test.each([
    ["do-spaces", {}, "broker"],
    ["do-spaces", { ...PRINCIPAL, ...ROLE }, "broker"],
    ["r2", { OBJECT_STORE_ACCOUNT_ID: "account" }, "prefix-scoped-temporary"],
    ["minio", {}, "prefix-scoped-temporary"],
    ["s3", ROLE, "prefix-scoped-temporary"],
    ["s3", PRINCIPAL, "prefix-scoped-temporary"],
    ["s3", {}, "broker"],
    ["ceph", PRINCIPAL, "prefix-scoped-temporary"],
    ["ceph", {}, "prefix-scoped"],
    ["ceph", { ...PRINCIPAL, OBJECT_STORE_MODE: "prefix-scoped" }, "prefix-scoped"],
  ])("%s with %j is %s", (backend, more, mode) => {
    expect(modeOf({ OBJECT_STORE_BACKEND: backend, ...more })).toBe(mode);
  });

  test.each([
    ["do-spaces", "prefix-scoped-temporary"],
    ["minio", "prefix-scoped"],
    // Signed by the platform's own key, a URL could be made to copy a neighbour's object.
    ["minio", "broker"],
    ["r2", "broker"],
    ["s3", "prefix-scoped"],
  ])("%s cannot be told to be %s", (OBJECT_STORE_BACKEND, OBJECT_STORE_MODE) => {
    expect(() => modeOf({ OBJECT_STORE_BACKEND, OBJECT_STORE_MODE })).toThrow(OBJECT_STORE_MODE);
  });

  test("shared-master-key is never issued", () => {
    expect(variables.safeParse({ OBJECT_STORE_MODE: "shared-master-key" }).success).toBe(false);
  });
});

describe("the variables", () => {
  test("without a backend there is no object store, whatever else is set", () => {
    expect(objectStoreOf(variables.parse(GIVEN))).toBeNull();
    expect(missingOfObjectStore(variables.parse({}))).toEqual([]);
  });

  test("with one, those it needs are named", () => {
    expect(missingOfObjectStore(variables.parse({ OBJECT_STORE_BACKEND: "r2" }))).toEqual([
      "OBJECT_STORE_ENDPOINT",
      "OBJECT_STORE_BUCKET",
      "OBJECT_STORE_ACCESS_KEY_ID",
      "OBJECT_STORE_SECRET_ACCESS_KEY",
      "OBJECT_STORE_ACCOUNT_ID",
    ]);
  });

  test.each([
    ["OBJECT_STORE_CREDENTIALS_SECONDS", "899"],
    ["OBJECT_STORE_CREDENTIALS_SECONDS", "43201"],
    ["OBJECT_STORE_BUCKET", "UPPER"],
    ["OBJECT_STORE_ENDPOINT", "ftp://x"],
    ["OBJECT_STORE_BACKEND", "swift"],
  ])("%s=%s is refused", (name, value) => expect(variables.safeParse({ [name]: value }).success).toBe(false));
});

describe("a tenant's policy", () => {
  const statements = (access: "full" | "read_only" | "none") =>
    z
      .object({ Statement: z.array(z.looseObject({ Effect: z.string(), Action: z.array(z.string()), Resource: z.array(z.string()) })) })
      .parse(JSON.parse(tenantPolicy("bucket", "t_a", access))).Statement;

  const OWN_PREFIX = { "s3:prefix": ["t_a/*"] };

  test("allows nothing but its own prefix, with the slash, however many prefixes a query names", () => {
    for (const access of ["full", "read_only"] as const) {
      const allowed = statements(access).filter(({ Effect }) => Effect === "Allow");
      const objects = allowed.flatMap(({ Resource }) => Resource).filter((resource) => resource !== "arn:aws:s3:::bucket");
      expect(objects).toEqual(["arn:aws:s3:::bucket/t_a/*"]);
      const listing = allowed.find(({ Action }) => Action.includes("s3:ListBucket"));
      expect(listing?.Condition).toEqual({ StringLike: OWN_PREFIX, "ForAllValues:StringLike": OWN_PREFIX });
    }
  });

  test.each([
    ["full", true],
    ["read_only", false],
  ] as const)("%s allows writing: %s", (access, writes) => {
    const actions = statements(access).flatMap(({ Effect, Action }) => (Effect === "Allow" ? Action : []));
    expect(actions.includes("s3:PutObject")).toBe(writes);
    expect(actions).toEqual(expect.arrayContaining(["s3:GetObject", "s3:DeleteObject", "s3:ListBucket"]));
  });

  test("none allows nothing", () => expect(statements("none").filter(({ Effect }) => Effect === "Allow")).toEqual([]));
});

describe("R2's keys, signed here", () => {
  const config = configOf({
    OBJECT_STORE_BACKEND: "r2",
    OBJECT_STORE_ACCOUNT_ID: "account",
    OBJECT_STORE_ENDPOINT: "https://account.r2.cloudflarestorage.com",
  });
  const at = new Date("2026-11-24T12:00:00Z");
  const sign = async (access: "full" | "read_only") => {
    const keys = await signR2Keys(config, "account", { name: "t_a", access, at });
    if (keys?.sessionToken === undefined) throw new Error("no keys");
    return { ...keys, sessionToken: keys.sessionToken };
  };

  test("are the parent's id, the digest of a JWT as the secret, and that JWT as the session token", async () => {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = await sign("full");
    const [kind, jwt = ""] = Buffer.from(sessionToken, "base64").toString().split("/");
    expect([accessKeyId, kind]).toEqual(["PLATFORM", "jwt"]);
    expect(secretAccessKey).toBe(createHash("sha256").update(jwt).digest("hex"));
    expect(expiresAt).toEqual(new Date("2026-11-24T13:00:00Z"));
    const { payload, protectedHeader } = await jwtVerify(jwt, new TextEncoder().encode("platform-secret"), { currentDate: at });
    expect(protectedHeader).toEqual({ alg: "HS256", typ: "JWT" });
    expect(payload).toMatchObject({
      sub: "account",
      iss: "PLATFORM",
      aud: "account.r2.cloudflarestorage.com",
      iat: at.getTime() / 1_000,
      exp: at.getTime() / 1_000 + 3_600,
      bucket: "instanode-tenants",
      scope: "object-read-write",
      paths: { prefixPaths: ["t_a/"], objectPaths: [] },
    });
    expect(payload.actions).toEqual(expect.arrayContaining(["GetObject", "PutObject", "CompleteMultipartUpload"]));
    expect(payload.actions).not.toContain("ListMultipartUploads");
  });

  test("write nothing when the tenant may only read", async () => {
    const jwt = Buffer.from((await sign("read_only")).sessionToken, "base64")
      .toString()
      .slice("jwt/".length);
    const { payload } = await jwtVerify(jwt, new TextEncoder().encode("platform-secret"), { currentDate: at });
    expect(payload.actions).toEqual(expect.arrayContaining(["GetObject", "DeleteObject"]));
    expect(payload.actions).not.toContain("PutObject");
  });

  test("are not given to one who may do nothing", async () => {
    expect(await signR2Keys(config, "account", { name: "t_a", access: "none", at })).toBeNull();
  });
});

test.each([
  ["t_abc234/x", "t_abc234"],
  ["t_abc234/", "t_abc234"],
  ["t_abc234", null],
  [".instanode/tenants/t_abc234", null],
  ["T_abc/x", null],
  ["t_/x", null],
  ["/t_abc/x", null],
])("the key %j belongs to %j", (key, name) => expect(tenantOf(key)).toBe(name));
