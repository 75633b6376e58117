/**
 * An object store in one URL: `https://KEY:SECRET@host/bucket?backend=minio&region=…&principal_arn=…`. INSTANODE_OBJECT_STORE_URL
 * names an existing server this way, and tests receive ours this way. Secret.
 */
import { z } from "zod";
import { SetupError } from "../setup-error.ts";

const BACKENDS = ["s3", "minio", "ceph", "r2", "do-spaces"] as const;
const parametersSchema = z.object({
  backend: z.enum(BACKENDS).default("minio"),
  region: z.string().min(1).default("us-east-1"),
  principal_arn: z.string().startsWith("arn:").optional(),
  role_arn: z.string().startsWith("arn:").optional(),
  account_id: z.string().min(1).optional(),
});

export interface ObjectStoreAddress {
  endpoint: string;
  bucket: string;
  backend: (typeof BACKENDS)[number];
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  principalArn?: string | undefined;
  roleArn?: string | undefined;
  accountId?: string | undefined;
}

/** @param defaultBucket where the URL names none @throws SetupError */
export function parseAddress(text: string, defaultBucket: string): ObjectStoreAddress {
  const url = URL.parse(text);
  const parameters = parametersSchema.safeParse(Object.fromEntries(url?.searchParams ?? []));
  if (url === null || !parameters.success || url.username === "" || url.password === "") {
    throw new SetupError("INSTANODE_OBJECT_STORE_URL is not usable.", [
      "It looks like http://ACCESS_KEY:SECRET_KEY@host:port/bucket?backend=minio",
      `backend is one of ${BACKENDS.join(", ")}; region, principal_arn, role_arn and account_id where the backend needs them.`,
    ]);
  }
  const { backend, region, principal_arn: principalArn, role_arn: roleArn, account_id: accountId } = parameters.data;
  return {
    endpoint: url.origin,
    bucket: url.pathname.slice(1) || defaultBucket,
    backend,
    region,
    accessKeyId: decodeURIComponent(url.username),
    secretAccessKey: decodeURIComponent(url.password),
    principalArn,
    roleArn,
    accountId,
  };
}

export function formatAddress(address: ObjectStoreAddress): string {
  const url = new URL(`${address.endpoint}/${address.bucket}`);
  url.username = encodeURIComponent(address.accessKeyId);
  url.password = encodeURIComponent(address.secretAccessKey);
  const { backend, region, principalArn, roleArn, accountId } = address;
  const parameters = { backend, region, principal_arn: principalArn, role_arn: roleArn, account_id: accountId };
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}
