/** Takes a role for a tenant: temporary keys that the session's own policy narrows to the tenant's prefix, whatever the role may do. */
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { z } from "zod";
import type { Access } from "../../../../contract/jobs.ts";
import type { ObjectStoreConfig } from "../../../env-object-store.ts";
import type { Clients, Keys } from "../clients.ts";
import { tenantPolicy } from "../policy.ts";

const answerSchema = z.object({
  Credentials: z.object({
    AccessKeyId: z.string().min(1),
    SecretAccessKey: z.string().min(1),
    SessionToken: z.string().min(1),
    Expiration: z.date(),
  }),
});

/** @returns keys that live `credentialsSeconds`. Secret. */
export async function openSession(
  { sts }: Clients,
  { bucket, credentialsSeconds }: ObjectStoreConfig,
  session: { roleArn: string; name: string; access: Access },
): Promise<Keys> {
  const answer = await sts.send(
    new AssumeRoleCommand({
      RoleArn: session.roleArn,
      RoleSessionName: session.name,
      DurationSeconds: credentialsSeconds,
      Policy: tenantPolicy(bucket, session.name, session.access),
    }),
  );
  const { Credentials: made } = answerSchema.parse(answer);
  return {
    accessKeyId: made.AccessKeyId,
    secretAccessKey: made.SecretAccessKey,
    sessionToken: made.SessionToken,
    expiresAt: made.Expiration,
  };
}
