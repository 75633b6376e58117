/**
 * The object store's variables: those that the Worker reads too (contract/object-store.ts), and the bridge's own. They are single
 * variables and not a JSON list of servers, because an object store grows without a second one.
 */
import { z } from "zod";
import { httpUrl, sharedObjectStoreVariables } from "../../../contract/object-store.ts";

/** What new tenants may get; `shared-master-key` stands on old rows only and is never issued. */
export const ISSUED_MODES = ["broker", "prefix-scoped", "prefix-scoped-temporary"] as const;
export type IssuedMode = (typeof ISSUED_MODES)[number];

const REGION_DEFAULT = "us-east-1";
const MAX_TENANTS_DEFAULT = 10_000;

export const objectStoreVariables = {
  ...sharedObjectStoreVariables,
  /** Where this bridge, and apps inside the cluster, reach it; the same when absent. */
  OBJECT_STORE_INTERNAL_ENDPOINT: httpUrl.optional(),
  /** A weaker mode than the best the backend can. */
  OBJECT_STORE_MODE: z.enum(ISSUED_MODES).optional(),
  /** Who may assume the roles made here, one a tenant: the platform's own user. */
  OBJECT_STORE_PRINCIPAL_ARN: z.string().startsWith("arn:").optional(),
  /** One role for all tenants instead; each session is then narrowed by its policy alone. */
  OBJECT_STORE_ROLE_ARN: z.string().startsWith("arn:").optional(),
  OBJECT_STORE_STS_ENDPOINT: httpUrl.optional(),
  OBJECT_STORE_IAM_ENDPOINT: httpUrl.optional(),
  /** R2's account. */
  OBJECT_STORE_ACCOUNT_ID: z.string().min(1).optional(),
  OBJECT_STORE_MAX_TENANTS: z.coerce.number().int().min(1).default(MAX_TENANTS_DEFAULT),
  /** How many MiB may be promised in all; no bound when absent. */
  OBJECT_STORE_STORAGE_MB: z.coerce.number().int().min(1).optional(),
};

type Variables = z.infer<z.ZodObject<typeof objectStoreVariables>>;

const NEEDED = [
  "OBJECT_STORE_ENDPOINT",
  "OBJECT_STORE_BUCKET",
  "OBJECT_STORE_ACCESS_KEY_ID",
  "OBJECT_STORE_SECRET_ACCESS_KEY",
] as const satisfies readonly (keyof Variables)[];

/** The variables that a chosen backend needs and does not have. */
export function missingOfObjectStore(vars: Variables): (keyof Variables)[] {
  if (vars.OBJECT_STORE_BACKEND === undefined) return [];
  const needed: (keyof Variables)[] = [...NEEDED, ...(vars.OBJECT_STORE_BACKEND === "r2" ? (["OBJECT_STORE_ACCOUNT_ID"] as const) : [])];
  return needed.filter((name) => vars[name] === undefined);
}

export const s3Variables = z.object(objectStoreVariables).superRefine((variables, context) => {
  for (const name of missingOfObjectStore(variables)) context.addIssue({ code: "custom", path: [name], message: "is missing" });
});

export type ObjectStoreConfig = NonNullable<ReturnType<typeof objectStoreOf>>;

/** The object store, or null without a backend. */
export function objectStoreOf(vars: Variables) {
  const { OBJECT_STORE_BACKEND: backend, OBJECT_STORE_ENDPOINT: endpoint, OBJECT_STORE_BUCKET: bucket } = vars;
  const { OBJECT_STORE_ACCESS_KEY_ID: accessKeyId, OBJECT_STORE_SECRET_ACCESS_KEY: secretAccessKey } = vars;
  if (backend === undefined || endpoint === undefined || bucket === undefined || !accessKeyId || !secretAccessKey) return null;
  return {
    backend,
    endpoint,
    internalEndpoint: vars.OBJECT_STORE_INTERNAL_ENDPOINT ?? endpoint,
    region: vars.OBJECT_STORE_REGION ?? REGION_DEFAULT,
    bucket,
    /** The platform's own. Secret. */
    keys: { accessKeyId, secretAccessKey },
    mode: vars.OBJECT_STORE_MODE,
    credentialsSeconds: vars.OBJECT_STORE_CREDENTIALS_SECONDS,
    principalArn: vars.OBJECT_STORE_PRINCIPAL_ARN,
    roleArn: vars.OBJECT_STORE_ROLE_ARN,
    stsEndpoint: vars.OBJECT_STORE_STS_ENDPOINT,
    iamEndpoint: vars.OBJECT_STORE_IAM_ENDPOINT,
    accountId: vars.OBJECT_STORE_ACCOUNT_ID,
    maxTenants: vars.OBJECT_STORE_MAX_TENANTS,
    storageBudgetMb: vars.OBJECT_STORE_STORAGE_MB ?? Number.POSITIVE_INFINITY,
  };
}
