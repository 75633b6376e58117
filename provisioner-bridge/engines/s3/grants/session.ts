/** Takes a role for a tenant: temporary keys, narrowed to the tenant's prefix by the session's own policy, even if the role may do more. */
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { z } from "zod";
import type { Access } from "../../../../contract/jobs.ts";
import type { Clients, Keys } from "../clients.ts";
import type { ObjectStoreConfig } from "../configuration.ts";
import { tenantPolicy } from "../policy.ts";

const answerSchema = z.object({
  Credentials: z.object({
    AccessKeyId: z.string().min(1),
    SecretAccessKey: z.string().min(1),
    SessionToken: z.string().min(1),
    Expiration: z.date(),
  }),
});

/** @param session `access` null: the role itself is this tenant's alone and says it all. @returns keys that live `credentialsSeconds`. Secret. */
export async function openSession(
  { sts }: Clients,
  { bucket, credentialsSeconds }: ObjectStoreConfig,
  session: { roleArn: string; name: string; access: Access | null },
): Promise<Keys> {
  const answer = await sts.send(
    new AssumeRoleCommand({
      RoleArn: session.roleArn,
      RoleSessionName: session.name,
      DurationSeconds: credentialsSeconds,
      ...(session.access === null ? {} : { Policy: tenantPolicy(bucket, session.name, session.access) }),
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
