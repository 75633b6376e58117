/** The object store's variables (contract/object-store.ts). With OBJECT_STORE_BACKEND, the Worker needs all of them. */
import { z } from "zod";
import { sharedObjectStoreVariables as shared } from "../contract/object-store.ts";

/** Takes an empty variable as an absent one: `wrangler.toml` can set a variable to "", but cannot leave out one environment's. */
function orEmpty<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === "" ? undefined : value), schema).describe(schema.description ?? "set");
}

export const objectStoreVariables = {
  OBJECT_STORE_BACKEND: orEmpty(shared.OBJECT_STORE_BACKEND),
  OBJECT_STORE_ENDPOINT: orEmpty(shared.OBJECT_STORE_ENDPOINT),
  OBJECT_STORE_REGION: orEmpty(shared.OBJECT_STORE_REGION),
  OBJECT_STORE_BUCKET: orEmpty(shared.OBJECT_STORE_BUCKET),
  OBJECT_STORE_ACCESS_KEY_ID: orEmpty(shared.OBJECT_STORE_ACCESS_KEY_ID),
  OBJECT_STORE_SECRET_ACCESS_KEY: orEmpty(shared.OBJECT_STORE_SECRET_ACCESS_KEY),
  OBJECT_STORE_CREDENTIALS_SECONDS: orEmpty(shared.OBJECT_STORE_CREDENTIALS_SECONDS),
};

type Variables = z.infer<z.ZodObject<typeof objectStoreVariables>>;

/** The variables that a chosen backend needs and that are not set. */
export function missingOfObjectStore(vars: Variables): (keyof Variables)[] {
  if (vars.OBJECT_STORE_BACKEND === undefined) return [];
  return (Object.keys(objectStoreVariables) as (keyof Variables)[]).filter((name) => vars[name] === undefined);
}

export type ObjectStoreConfig = NonNullable<ReturnType<typeof objectStoreOf>>;

/** The object store, or null without a backend. @param vars of which `missingOfObjectStore` names none */
export function objectStoreOf(vars: Variables) {
  const { OBJECT_STORE_BACKEND: backend, OBJECT_STORE_ENDPOINT: endpoint, OBJECT_STORE_REGION: region } = vars;
  const { OBJECT_STORE_BUCKET: bucket, OBJECT_STORE_ACCESS_KEY_ID: accessKeyId, OBJECT_STORE_SECRET_ACCESS_KEY: secretAccessKey } = vars;
  if (!backend || !endpoint || !region || !bucket || !accessKeyId || !secretAccessKey) return null;
  return {
    backend,
    /** The address that tenants use. */
    endpoint,
    region,
    bucket,
    /** The platform's own keys, which sign for tenants without keys. Secret. */
    keys: { accessKeyId, secretAccessKey },
    credentialsSeconds: vars.OBJECT_STORE_CREDENTIALS_SECONDS,
  };
}
