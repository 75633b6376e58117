/** The object store's variables: the same names as the bridge's. Each may be empty; with OBJECT_STORE_BACKEND all are needed. */
import { z } from "zod";

const BACKENDS = ["s3", "minio", "ceph", "r2", "do-spaces"] as const;
export type ObjectStoreBackend = (typeof BACKENDS)[number];

const SECONDS_MIN = 900;
const SECONDS_MAX = 43_200;
const SECONDS_DEFAULT = 3_600;

const text = z.string().default("");

export const objectStoreVariables = {
  OBJECT_STORE_BACKEND: z
    .enum(["", ...BACKENDS])
    .default("")
    .describe(`one of ${BACKENDS.join(", ")}, or empty`),
  OBJECT_STORE_ENDPOINT: z
    .union([z.literal(""), z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ""))])
    .default("")
    .describe("an http(s) URL or empty"),
  OBJECT_STORE_REGION: text,
  OBJECT_STORE_BUCKET: text,
  OBJECT_STORE_ACCESS_KEY_ID: text,
  OBJECT_STORE_SECRET_ACCESS_KEY: text,
  /** How long fresh keys of a tenant live; whoever mints them, the bridge, is told the same. */
  OBJECT_STORE_CREDENTIALS_SECONDS: z
    .union([z.literal("").transform(() => SECONDS_DEFAULT), z.coerce.number().int().min(SECONDS_MIN).max(SECONDS_MAX)])
    .default(SECONDS_DEFAULT)
    .describe(`whole seconds from ${SECONDS_MIN} to ${SECONDS_MAX}`),
};

type Variables = z.infer<z.ZodObject<typeof objectStoreVariables>>;

/** What a chosen backend needs and does not have. */
export function missingOfObjectStore(vars: Variables): (keyof Variables)[] {
  if (vars.OBJECT_STORE_BACKEND === "") return [];
  return (Object.keys(objectStoreVariables) as (keyof Variables)[]).filter((name) => vars[name] === "");
}

export type ObjectStoreConfig = NonNullable<ReturnType<typeof objectStoreOf>>;

export function objectStoreOf(vars: Variables) {
  if (vars.OBJECT_STORE_BACKEND === "") return null;
  return {
    backend: vars.OBJECT_STORE_BACKEND,
    /** Where tenants reach it. */
    endpoint: vars.OBJECT_STORE_ENDPOINT,
    region: vars.OBJECT_STORE_REGION,
    bucket: vars.OBJECT_STORE_BUCKET,
    /** The platform's own, for tenants that hold no keys. Secret. */
    keys: { accessKeyId: vars.OBJECT_STORE_ACCESS_KEY_ID, secretAccessKey: vars.OBJECT_STORE_SECRET_ACCESS_KEY },
    credentialsSeconds: vars.OBJECT_STORE_CREDENTIALS_SECONDS,
  };
}
