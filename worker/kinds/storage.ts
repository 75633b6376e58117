/** A prefix of an S3 bucket. In some modes its keys expire. */
import { z } from "zod";
import type { Credentials } from "../../contract/kinds/kind.ts";
import { givesKeys, STORAGE_MODES, storage } from "../../contract/kinds/storage.ts";
import { onBridge } from "../homes/bridge.ts";
import type { ServedKind } from "./kind.ts";

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

/** Whether its mode gives keys and these have none: they were changed while the resource was paused. */
export function lacksKeys(grant: StorageGrant): boolean {
  return givesKeys(grant.mode) && grant.access_key_id === undefined;
}

export const served: ServedKind = {
  home: onBridge(storage),
  // Without an object store nothing could sign its URLs.
  isOffered: ({ objectStore }) => objectStore !== null,
  renewal: {
    lacksKeys: (credentials) => lacksKeys(parseGrant(credentials)),
    keysEndMs: (credentials) => parseGrant(credentials).credentials_expire_at?.getTime(),
    freshSeconds: ({ objectStore }) => objectStore?.credentialsSeconds ?? null,
  },
};
