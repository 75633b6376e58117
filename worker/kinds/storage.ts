/** A prefix of an S3 bucket. In some modes its keys expire. */
import { z } from "zod";
import type { Credentials } from "../../contract/kinds/kind.ts";
import { givesKeys, STORAGE_MODES } from "../../contract/kinds/storage.ts";
import type { OwnRules } from "./own-rules.ts";

const grantSchema = z.object({
  prefix: z.string().min(1),
  mode: z.enum(STORAGE_MODES),
  access_key_id: z.string().optional(),
  secret_access_key: z.string().optional(),
  session_token: z.string().optional(),
  credentials_expire_at: z.coerce.date().optional(),
});
export type StorageGrant = z.infer<typeof grantSchema>;

/** @throws ZodError when these are not the credentials of storage */
export const parseGrant = (credentials: Credentials): StorageGrant => grantSchema.parse(credentials);

/** Whether the mode issues keys but this grant has none, because it was changed while the resource was paused. */
export function lacksKeys(grant: StorageGrant): boolean {
  return givesKeys(grant.mode) && grant.access_key_id === undefined;
}

export const storage: OwnRules = {
  // Signing URLs requires an object store.
  isOffered: ({ objectStore }) => objectStore !== null,
  renewal: {
    lacksKeys: (credentials) => lacksKeys(parseGrant(credentials)),
    keysEndMs: (credentials) => parseGrant(credentials).credentials_expire_at?.getTime(),
    freshSeconds: ({ objectStore }) => objectStore?.credentialsSeconds ?? null,
  },
};
