/** What the tests of this folder share: an object store, clients as a tenant has them, and a look at what is left in the bucket. */
import { S3Client } from "@aws-sdk/client-s3";
import { AwsClient } from "aws4fetch";
import { z } from "zod";
import type { Grant } from "../../../contract/jobs.ts";
import { KINDS } from "../../../contract/kinds.ts";
import type { ObjectStoreAddress } from "../../../dev/object-store/address.ts";
import { trustPolicy } from "../../../provisioner-bridge/engines/s3/policy.ts";
import { startTestObjectStore, type TestObjectStore } from "../../support/object-store.ts";
import type { Subject } from "../suite/subject.ts";

export const LIMITS = { connections: -1, storage_mb: 10 };
export const OWN_MARK = ".instanode/owner";

/** What the answer of a create shows of a grant. */
export const credentialsSchema = z.object({
  endpoint: z.url(),
  prefix: z.string(),
  mode: z.string(),
  bucket: z.string(),
  region: z.string(),
  access_key_id: z.string(),
  secret_access_key: z.string(),
  session_token: z.string().optional(),
  credentials_expire_at: z.iso.datetime().optional(),
});
export type TenantCredentials = z.infer<typeof credentialsSchema>;

export function credentialsOf({ connection_url, details }: Grant): TenantCredentials {
  return credentialsSchema.parse(KINDS.storage.credentials.parse({ connection_url, ...details }));
}

type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined };

const keysOf = (tenant: TenantCredentials): Keys => ({
  accessKeyId: tenant.access_key_id,
  secretAccessKey: tenant.secret_access_key,
  sessionToken: tenant.session_token,
});

/** An ordinary S3 client, as an application has it. */
export function clientOf(tenant: TenantCredentials): S3Client {
  const { sessionToken, ...keys } = keysOf(tenant);
  return new S3Client({
    endpoint: tenant.endpoint,
    region: tenant.region,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { ...keys, ...(sessionToken === undefined ? {} : { sessionToken }) },
  });
}

/** Signs any request at all, also those no client library would send. */
export function signer(keys: Keys & { region: string }): AwsClient {
  return new AwsClient({ ...keys, sessionToken: keys.sessionToken ?? "", service: "s3", retries: 0 });
}

export const tenantSigner = (tenant: TenantCredentials): AwsClient => signer({ ...keysOf(tenant), region: tenant.region });
export const platformSigner = (address: ObjectStoreAddress): AwsClient => signer(address);

const ERROR_CODE = /<Code>([^<]+)<\/Code>/;
const SUCCESS = 299;

/** "ok", or the error's code (where there is no body, as for HEAD: the status). */
export async function outcomeOf(request: Promise<Response>): Promise<string> {
  const response = await request;
  const text = await response.text();
  // A request for many keys succeeds as a whole, and says of each what became of it.
  if (response.status <= SUCCESS && !text.includes("<Error>")) return "ok";
  return ERROR_CODE.exec(text)?.[1] ?? String(response.status);
}

/** Writes, reads and deletes an object as the tenant. */
export async function useGrant(grant: Grant): Promise<string> {
  const parsed = credentialsSchema.safeParse(grant.details);
  if (!parsed.success) return "no keys";
  const url = `${grant.connection_url}note.txt`;
  const as = tenantSigner(parsed.data);
  for (const init of [{ method: "PUT", body: "hello" }, { method: "GET" }, { method: "DELETE" }]) {
    const outcome = await outcomeOf(as.fetch(url, init));
    if (outcome !== "ok") return outcome;
  }
  return "ok";
}

/** Every key in the bucket, as the platform sees them; there are few. */
export async function keysIn(address: ObjectStoreAddress): Promise<string[]> {
  const response = await platformSigner(address).fetch(`${address.endpoint}/${address.bucket}?list-type=2&encoding-type=url`);
  return [...(await response.text()).matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => decodeURIComponent(key ?? ""));
}

export async function rolesIn(address: ObjectStoreAddress): Promise<string[]> {
  return [...(await askIam(address, { Action: "ListRoles" })).matchAll(/<RoleName>([^<]*)<\/RoleName>/g)].map(([, name]) => name ?? "");
}

async function askIam(address: ObjectStoreAddress, parameters: Record<string, string>): Promise<string> {
  const iam = new AwsClient({ ...address, service: "iam", retries: 0 });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return (await iam.fetch(address.endpoint, { method: "POST", headers, body: new URLSearchParams(parameters).toString() })).text();
}

/** A role that may do everything in every bucket: only the session's own policy narrows it. */
async function makeSharedRole(address: ObjectStoreAddress): Promise<void> {
  const RoleName = SHARED_ROLE;
  const AssumeRolePolicyDocument = trustPolicy(address.principalArn ?? "");
  const everything = { Effect: "Allow", Action: ["s3:*"], Resource: ["arn:aws:s3:::*"] };
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [everything] });
  await askIam(address, { Action: "CreateRole", RoleName, AssumeRolePolicyDocument });
  await askIam(address, { Action: "PutRolePolicy", RoleName, PolicyName: "all", PolicyDocument });
}

/** The ways one Ceph can be used: a role a tenant, one role for all (as a cloud with many tenants), a user a tenant, no keys at all. */
export const SETUPS = ["a role each", "one role for all", "a user each", "broker"] as const;
export type Setup = (typeof SETUPS)[number];

const SHARED_ROLE = "tenants";
const VARIABLES: Record<Setup, Record<string, string>> = {
  "a role each": {},
  "one role for all": { OBJECT_STORE_ROLE_ARN: `arn:aws:iam:::role/${SHARED_ROLE}` },
  "a user each": { OBJECT_STORE_MODE: "prefix-scoped" },
  broker: { OBJECT_STORE_MODE: "broker" },
};

/** The object store as the engine suite puts it through everything. */
export function subjectOf(setup: Setup): Subject<TestObjectStore> {
  return {
    engine: "s3",
    limits: LIMITS,
    async startServer() {
      const store = await startTestObjectStore();
      if (setup === "one role for all") await makeSharedRole(store.address);
      return { ...store, env: { ...store.env, ...VARIABLES[setup] } };
    },
    use: useGrant,
    async leftovers({ address }, names) {
      const [keys, roles] = [await keysIn(address), await rolesIn(address)];
      return [...keys.filter((key) => key !== OWN_MARK), ...roles].filter((found) => names.some((name) => found.includes(name.slice(2))));
    },
  };
}
