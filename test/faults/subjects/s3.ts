/** The object store: a mark and a role for each tenant, and the objects below its prefix. */
import { IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import { ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import { type ObjectStoreAddress, parseAddress } from "../../../dev/object-store/address.ts";
import { statusOf } from "../../../provisioner-bridge/engines/s3/errors.ts";
import { type EngineSubject, type KindSubject, type Part, textOf } from "./subject.ts";

const TIMEOUT_MS = 5_000;
const NOT_FOUND = 404;
const MARKS = ".instanode/tenants/";
const OWNER = ".instanode/owner";

const bounds = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: TIMEOUT_MS, requestTimeout: TIMEOUT_MS, throwOnRequestTimeout: true },
};

export const storageKind: KindSubject = {
  kind: "storage",
  async use(credentials) {
    const client = new S3Client({
      ...bounds,
      endpoint: textOf(credentials, "endpoint"),
      region: textOf(credentials, "region"),
      forcePathStyle: true,
      credentials: {
        accessKeyId: textOf(credentials, "access_key_id"),
        secretAccessKey: textOf(credentials, "secret_access_key"),
        sessionToken: textOf(credentials, "session_token"),
      },
    });
    try {
      const Key = `${textOf(credentials, "prefix")}/proof`;
      await client.send(new PutObjectCommand({ Bucket: textOf(credentials, "bucket"), Key, Body: "hello" }));
    } finally {
      client.destroy();
    }
  },
};

export const s3Engine: EngineSubject = {
  engine: "s3",
  parts: ["mark", "role"],
  async inventory(adminUrl) {
    const address = parseAddress(adminUrl, "");
    return [...(await objects(address)), ...(await roles(address))];
  },
};

const as = ({ endpoint, region, accessKeyId, secretAccessKey }: ObjectStoreAddress) => ({
  ...bounds,
  endpoint,
  region,
  credentials: { accessKeyId, secretAccessKey },
});

async function objects(address: ObjectStoreAddress): Promise<Part[]> {
  const client = new S3Client({ ...as(address), forcePathStyle: true });
  try {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: address.bucket }));
    const keys = Contents.flatMap(({ Key }) => (Key === undefined || Key === OWNER ? [] : [Key]));
    return keys.map((key) =>
      key.startsWith(MARKS) ? { name: key.slice(MARKS.length), part: "mark" } : { name: key.split("/")[0] ?? key, part: "object" },
    );
  } finally {
    client.destroy();
  }
}

const rolesSchema = z.array(z.object({ Path: z.string() }));

async function roles(address: ObjectStoreAddress): Promise<Part[]> {
  const client = new IAMClient(as(address));
  try {
    const { Roles } = await client.send(new ListRolesCommand({ PathPrefix: "/instanode/" })).catch((cause: unknown) => {
      // How Ceph says that there is none.
      if (statusOf(cause) !== NOT_FOUND) throw cause;
      return { Roles: [] };
    });
    return rolesSchema.parse(Roles ?? []).map(({ Path }) => ({ name: Path.split("/")[2] ?? Path, part: "role" }));
  } finally {
    client.destroy();
  }
}
