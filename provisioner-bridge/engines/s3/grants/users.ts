/**
 * A user for each tenant, with keys that do not expire: Ceph's administration API makes the user and chooses its keys (a key of our
 * own would stand in a URL, and so in the server's log), IAM's PutUserPolicy narrows it to its prefix.
 */
import { PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { AwsClient } from "aws4fetch";
import { z } from "zod";
import type { Access } from "../../../../contract/jobs.ts";
import type { Clients, Keys } from "../clients.ts";
import type { ObjectStoreConfig } from "../configuration.ts";
import { tenantPolicy } from "../policy.ts";
import type { Grants } from "./grants.ts";

const POLICY_NAME = "own-prefix";
const ANSWER_TIMEOUT_MS = 10_000;
/** RGW's way to say "none at all". */
const NO_BUCKETS = "-1";

const keySchema = z.object({ access_key: z.string().min(1), secret_key: z.string().min(1) });
const userSchema = z.object({ keys: z.array(keySchema) });
type UserKey = z.infer<typeof keySchema>;

export function userGrants({ iam }: Clients, config: ObjectStoreConfig): Grants {
  const ask = createAdmin(config);

  async function setPolicy(name: string, access: Access): Promise<void> {
    const PolicyDocument = tenantPolicy(config.bucket, name, access);
    await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: POLICY_NAME, PolicyDocument }));
  }

  async function keysOf(name: string): Promise<UserKey[] | null> {
    const answer = await ask("GET", "user", { uid: name });
    return answer === null ? null : userSchema.parse(answer).keys;
  }

  return {
    async ensure({ name }, access) {
      if ((await keysOf(name)) === null) await ask("PUT", "user", { uid: name, "display-name": name, "max-buckets": NO_BUCKETS });
      await setPolicy(name, access);
    },
    async mint({ name }, access): Promise<Keys | null> {
      if (access === "none") return null;
      const [key] = (await keysOf(name)) ?? [];
      if (key === undefined) throw new Error("a tenant's user has no key");
      return { accessKeyId: key.access_key, secretAccessKey: key.secret_key };
    },
    async retireOthers({ name }, access) {
      const old = (await keysOf(name)) ?? [];
      await ask("PUT", "user?key", { uid: name });
      for (const { access_key } of old) await ask("DELETE", "user?key", { uid: name, "access-key": access_key });
      // A change of keys writes the user anew, without its policies.
      await setPolicy(name, access);
    },
    setAccess: setPolicy,
    revoke: async (name) => void (await ask("DELETE", "user", { uid: name })),
  };
}

type Ask = (method: string, what: string, parameters: Record<string, string>) => Promise<unknown>;

/** Asks Ceph's administration API. @returns its JSON (undefined for an empty answer), or null when there is no such user */
function createAdmin({ internalEndpoint, keys, region }: ObjectStoreConfig): Ask {
  const client = new AwsClient({ ...keys, service: "s3", region, retries: 1 });
  return async (method, what, parameters) => {
    const url = new URL(`${internalEndpoint}/admin/${what}`);
    for (const [name, value] of Object.entries({ ...parameters, format: "json" })) url.searchParams.set(name, value);
    const response = await client.fetch(url.href, { method, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    const text = await response.text();
    if (response.status === 404) return null;
    if (!response.ok) throw new AdminError(response.status);
    return text === "" ? undefined : JSON.parse(text);
  };
}

/** The answer's text is left out: it may hold keys. */
class AdminError extends Error {
  readonly $metadata: { httpStatusCode: number };

  constructor(status: number) {
    super(`the administration API answered ${status}`);
    this.name = "AdminError";
    this.$metadata = { httpStatusCode: status };
  }
}
