/** Prefixes with something in them, and how to see whether anything there has changed. */
import { CreateMultipartUploadCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { ObjectStoreAddress } from "../../../dev/object-store/address.ts";
import { clientOf, platformSigner, type TenantCredentials } from "./fixture.ts";
import type { Target } from "./operations.ts";

export const WORDS = "a neighbour's words";

/** Puts an object and an unfinished upload under a prefix, as the tenant or, without one, as the platform. */
export async function furnish(address: ObjectStoreAddress, prefix: string, tenant = platform(address)): Promise<Target> {
  const client = clientOf(tenant);
  const { bucket } = address;
  const key = `${prefix}notes.txt`;
  try {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: WORDS }));
    const { UploadId: uploadId = "" } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: `${prefix}upload` }));
    return { bucket, prefix, key, uploadId };
  } finally {
    client.destroy();
  }
}

function platform({ endpoint, bucket, region, accessKeyId, secretAccessKey }: ObjectStoreAddress): TenantCredentials {
  return { endpoint, prefix: "", mode: "", bucket, region, access_key_id: accessKeyId, secret_access_key: secretAccessKey };
}

/** Every object under a prefix with its content, and every unfinished upload with the number of its parts. */
export async function contentOf(address: ObjectStoreAddress, prefix: string): Promise<string[]> {
  const bucketUrl = `${address.endpoint}/${address.bucket}`;
  const read = async (url: string): Promise<string> => (await platformSigner(address).fetch(url)).text();
  const keys = valuesOf(await read(`${bucketUrl}?list-type=2&prefix=${prefix}`), "Key");
  const uploads = valuesOf(await read(`${bucketUrl}?uploads&prefix=${prefix}`), "UploadId");
  const objects = keys.map(async (key) => `${key}=${await read(`${bucketUrl}/${key}`)}`);
  const parts = uploads.map(
    async (id) => `${id}: ${valuesOf(await read(`${bucketUrl}/${prefix}upload?uploadId=${id}`), "PartNumber").length}`,
  );
  return Promise.all([...objects, ...parts]);
}

function valuesOf(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^<]*)<`, "g"))].map(([, value]) => value ?? "");
}
