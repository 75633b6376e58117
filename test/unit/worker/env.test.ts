import { describe, expect, it } from "vitest";
import { ConfigError, readConfig } from "../../../worker/env.ts";
import { workerBindings } from "../../setup/worker-bindings.ts";

const VARS = {
  ENVIRONMENT: "development",
  PUBLIC_URL: "http://127.0.0.1:8787/",
  LOCAL_CALLER: "true",
  BRIDGE_URL: "http://127.0.0.1:8788",
  BRIDGE_ID: "bridge-local",
  DATABASE_FETCH_ENDPOINT: "",
  MAIL_FROM: "login@instanode.dev",
  CEILING_CREATES_PER_NETWORK: "200",
  CEILING_CREATES_PER_ASN: "0",
};
const env = { ...VARS, ...(await workerBindings()) };

function complaint(changes: Record<string, unknown>): string {
  try {
    readConfig({ ...env, ...changes });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  return "accepted";
}

describe("readConfig", () => {
  it("reads the variables of wrangler.toml and its secrets", () => {
    const config = readConfig(env);
    expect(config).toMatchObject({
      publicUrl: "http://127.0.0.1:8787",
      environment: "development",
      localCaller: true,
      databaseFetchEndpoint: null,
      faultHookUrl: null,
      ceilings: { createsPerNetwork: 200, createsPerAsn: 0, liveAnonymous: 0 },
    });
    expect(config.tokenHmacKey).toHaveLength(32);
    expect(config.tokenSigningKeys[0].kid).toBe("test-token");
  });

  it("has an object store with everything it needs, or none", () => {
    expect(readConfig(env).objectStore).toBeNull();
    const OBJECT_STORE = {
      OBJECT_STORE_BACKEND: "ceph",
      OBJECT_STORE_ENDPOINT: "http://127.0.0.1:9010/",
      OBJECT_STORE_REGION: "us-east-1",
    };
    expect(complaint(OBJECT_STORE)).toContain("OBJECT_STORE_BUCKET must be set");
    expect(readConfig({ ...env, ...OBJECT_STORE, OBJECT_STORE_BUCKET: "tenants" }).objectStore).toMatchObject({
      backend: "ceph",
      endpoint: "http://127.0.0.1:9010",
      bucket: "tenants",
      keys: { accessKeyId: "TESTSIGNER" },
    });
  });

  it("checks an environment once", () => {
    expect(readConfig(env)).toBe(readConfig(env));
  });

  it.each<[string, unknown]>([
    ["PUBLIC_URL", "s3cret-value"],
    ["PUBLIC_URL", undefined],
    ["ENVIRONMENT", "s3cret-value"],
    ["LOCAL_CALLER", "s3cret-value"],
    ["BRIDGE_ID", ""],
    ["DATABASE_URL", "mysql://root:s3cret-value@db/x"],
    ["JOB_SIGNING_KEYS", '{"keys":[]}'],
    ["JOB_SIGNING_KEYS", '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA","d":"s3cret-value"}]}'],
    ["TOKEN_SIGNING_KEYS", "s3cret-value"],
    ["BRIDGE_REPORT_JWKS", undefined],
    ["BRIDGE_REPORT_JWKS", '{"keys":[]}'],
    ["BRIDGE_REPORT_JWKS", '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"s3cret-value"}]}'],
    ["ENCRYPTION_KEYS", '[{"kid":"has.dot","key":"s3cret-value"}]'],
    ["ENCRYPTION_KEYS", "[]"],
    ["TOKEN_HMAC_KEY", "c2hvcnQ"],
    ["TOKEN_HMAC_KEY", "s3cret-value!"],
    ["FINGERPRINT_KEY", undefined],
    ["CEILING_CREATES_PER_ASN", "-1"],
    ["CEILING_CREATES_PER_ASN", "s3cret-value"],
    ["ADMISSION_LEASE_SECONDS", "9"],
    ["READINESS_CACHE_SECONDS", "61"],
    ["DATABASE_FETCH_ENDPOINT", "s3cret-value"],
    ["OBJECT_STORE_BACKEND", "s3cret-value"],
    ["OBJECT_STORE_ENDPOINT", "s3cret-value"],
  ])("names %s and not its value %j when it is not usable", (name, value) => {
    const message = complaint({ [name]: value });
    expect(message).toMatch(new RegExp(`^the Worker's configuration is not usable: ${name} must be `));
    expect(message).not.toContain("s3cret-value");
  });

  it("names every unusable variable at once", () => {
    const message = complaint({ BRIDGE_URL: "", FINGERPRINT_KEY: "" });
    expect(message).toContain("BRIDGE_URL");
    expect(message).toContain("FINGERPRINT_KEY");
  });

  it("refuses in production what would lift every limit or stop the process", () => {
    const production = { ENVIRONMENT: "production", PUBLIC_URL: "https://api.instanode.dev", BREVO_API_KEY: "xkeysib-test" };
    expect(complaint({ ...production, LOCAL_CALLER: "false" })).toBe("accepted");
    expect(complaint({ ...production, LOCAL_CALLER: "false", BREVO_API_KEY: "" })).toContain("BREVO_API_KEY");
    expect(complaint(production)).toContain("LOCAL_CALLER");
    expect(complaint({ ...production, LOCAL_CALLER: "false", FAULT_HOOK_URL: "http://127.0.0.1:9" })).toContain("FAULT_HOOK_URL");
  });

  it("refuses an environment that is none", () => {
    expect(() => readConfig(undefined)).toThrow(ConfigError);
  });
});
