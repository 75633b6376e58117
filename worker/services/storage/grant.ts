/** The grant of a storage resource: as its row has it, or minted once more when its keys are too old. */
import { z } from "zod";
import { KINDS, STORAGE_MODES } from "../../../contract/kinds.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { keepGrant } from "../../platform-db/grants.ts";
import type { FoundResource } from "../../platform-db/resource-lookup.ts";
import { type Credentials, openGrant, sealGrant } from "../provision/secrets.ts";
import { renewCredentials } from "../provision/tenant.ts";

const grantSchema = z.object({
  prefix: z.string().min(1),
  mode: z.enum(STORAGE_MODES),
  access_key_id: z.string().optional(),
  secret_access_key: z.string().optional(),
  session_token: z.string().optional(),
  credentials_expire_at: z.coerce.date().optional(),
});
export type StorageGrant = z.infer<typeof grantSchema>;

/** @throws ZodError or SealError when the row holds anything else */
export async function readGrant(ctx: RequestContext, found: FoundResource): Promise<StorageGrant> {
  if (found.grant_sealed === null) throw new Error("a living storage resource has no grant");
  return parseGrant(await openGrant(ctx.deps, found.id, found.grant_sealed));
}

/** Whether its mode gives its tenant keys of its own. */
export const givesKeys = ({ mode }: StorageGrant): boolean => mode.startsWith("prefix-scoped");

/** Whether its mode gives keys and these have none: they were changed while nobody was let in. */
export function lacksKeys(grant: StorageGrant): boolean {
  return givesKeys(grant) && grant.access_key_id === undefined;
}

export const parseGrant = (credentials: Credentials): StorageGrant => grantSchema.parse(credentials);

/**
 * Fresh keys of a living tenant; the row keeps them, so that the next one to ask finds them.
 * @throws BridgeError, DatabaseError, or Error while the engine lets nobody in and gives no keys: a pause or its end is under way
 */
export async function renewGrant(ctx: RequestContext, found: FoundResource): Promise<Credentials> {
  const { engine } = KINDS.storage;
  if (engine === null) throw new Error("storage has no engine");
  const credentials = await renewCredentials(ctx, { id: found.id, kind: "storage", engine });
  if (lacksKeys(parseGrant(credentials))) throw new Error("the engine gives this tenant no keys now");
  const sealed = await sealGrant(ctx.deps, found.id, credentials);
  await keepGrant(ctx.deps.database, { id: found.id, rotation: found.rotation, sealed });
  return credentials;
}

/** A paused one signs nothing and hands out no keys. @throws ApiError `resource_paused` */
export function requireActive({ paused_at }: FoundResource): void {
  if (paused_at !== null) throw new ApiError("resource_paused");
}

/** The resource itself must be one that stores objects. @throws ApiError `not_a_storage_resource` */
export function requireStorage({ kind }: FoundResource): void {
  if (kind !== "storage") throw new ApiError("not_a_storage_resource");
}
