/** How this bridge speaks to the object store: bounded connections, bounded waits, one retry. */
import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import type { ObjectStoreConfig } from "./configuration.ts";

const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 50;
const ATTEMPTS_MAX = 2;

/** S3 keys as a client uses them; `sessionToken` and `expiresAt` where they are temporary. Secret. */
export type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string; expiresAt?: Date };

export type Clients = {
  /** As the platform, where this bridge reaches it. */
  readonly s3: S3Client;
  readonly sts: STSClient;
  readonly iam: IAMClient;
  /** As a tenant, at the very address in its answer. */
  asTenant(keys: Keys): S3Client;
  close(): void;
};

export function createClients(config: ObjectStoreConfig): Clients {
  const common = {
    region: config.region,
    credentials: config.keys,
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: ANSWER_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: CONNECTIONS_MAX },
      httpsAgent: { keepAlive: true, maxSockets: CONNECTIONS_MAX },
    },
  };
  const s3Options = {
    ...common,
    forcePathStyle: true,
    // Not every S3 knows the newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  } as const;
  // Amazon's IAM and STS have addresses of their own; all other backends answer at the address of S3.
  const others = config.backend === "s3" ? undefined : config.internalEndpoint;
  const endpointOf = (given: string | undefined) => (given === undefined ? {} : { endpoint: given });
  const s3 = new S3Client({ ...s3Options, endpoint: config.internalEndpoint });
  const sts = new STSClient({ ...common, ...endpointOf(config.stsEndpoint ?? others) });
  const iam = new IAMClient({ ...common, ...endpointOf(config.iamEndpoint ?? others) });
  const { requestHandler } = s3.config;
  return {
    s3,
    sts,
    iam,
    // The handler is shared: connections outlive one tenant's few requests.
    asTenant: (keys) => new S3Client({ ...s3Options, endpoint: config.endpoint, credentials: keys, requestHandler }),
    close() {
      for (const client of [s3, sts, iam]) client.destroy();
    },
  };
}
