/**
 * The account of a tenant as the operator signs it. Its wanted state is stored as JSON in its description: this is our mark,
 * and what a later change starts from.
 */
import { z } from "zod";
import { accessSchema, tenantLimitsSchema } from "../../../contract/jobs.ts";
import { UNLIMITED } from "../../../contract/plans.ts";
import { subjectPrefix } from "./identity.ts";
import { readClaims, signJwt } from "./jwt.ts";
import type { NatsKey } from "./nkeys.ts";
import { permissionsOf } from "./permissions.ts";

const MIB_BYTES = 1_048_576;
/** Bounds that no tier raises: more than an application needs, and less than what would overload a server. */
const SUBSCRIPTIONS_PER_CONNECTION_MAX = 1_000;
const CONSUMERS_PER_STREAM_MAX = 50;
const MESSAGE_MAX_BYTES = MIB_BYTES;

const OWNER = "instanode";

export const accountStateSchema = z.object({
  owner: z.literal(OWNER),
  /** Which registry it belongs to: two installations can share a server. */
  registry: z.string(),
  name: z.string(),
  limits: tenantLimitsSchema,
  /** More than the limit says where the tenant's streams have reserved more before it was lowered: less would lose them. */
  storage_bytes: z.number().int(),
  access: accessSchema,
  /** The public key that signs the tenant's user. */
  signer: z.string(),
});
export type AccountState = z.infer<typeof accountStateSchema>;

type Wanted = Omit<AccountState, "owner" | "storage_bytes">;

/** @param reservedBytes what the tenant's own streams have reserved */
export function accountState(wanted: Wanted, reservedBytes = 0): AccountState {
  const { storage_mb } = wanted.limits;
  const storage_bytes = storage_mb === UNLIMITED ? UNLIMITED : Math.max(storage_mb * MIB_BYTES, reservedBytes);
  return { owner: OWNER, ...wanted, storage_bytes };
}

type Signing = { operator: NatsKey; account: string; iat: number };

/** The account, whole. */
export function accountJwt(state: AccountState, signing: Signing): string {
  const { limits, storage_bytes } = state;
  return sign(state, signing, {
    limits: {
      ...NO_EXTRAS,
      conn: limits.connections,
      subs: SUBSCRIPTIONS_PER_CONNECTION_MAX,
      payload: MESSAGE_MAX_BYTES,
      disk_storage: storage_bytes,
      streams: limits.streams ?? UNLIMITED,
      consumer: CONSUMERS_PER_STREAM_MAX,
    },
    signing_keys: signingKeys(state),
  });
}

/** The same account with its JetStream switched off, and without a connection limit: a step on the way to another one. */
export function pausedAccountJwt(state: AccountState, signing: Signing): string {
  return sign(state, signing, {
    limits: { ...NO_EXTRAS, conn: UNLIMITED, subs: SUBSCRIPTIONS_PER_CONNECTION_MAX, payload: MESSAGE_MAX_BYTES, ...NO_JETSTREAM },
    signing_keys: signingKeys(state),
  });
}

/** An account that is being dropped: no connection is let in, nothing runs. It bears our mark until it is deleted. */
export function closedAccountJwt(state: Pick<AccountState, "registry" | "name">, signing: Signing): string {
  return sign({ owner: OWNER, ...state }, signing, {
    limits: { ...NO_EXTRAS, conn: UNLIMITED, subs: 0, payload: 0, ...NO_JETSTREAM },
    signing_keys: [],
  });
}

const NO_EXTRAS = { data: UNLIMITED, imports: 0, exports: 0, wildcards: false, leaf: 0, mem_storage: 0, disallow_bearer: true };
const NO_JETSTREAM = { disk_storage: 0, streams: 0, consumer: 0 };

/** Permissions are here and not in the user's JWT, so that a change applies to credentials that were handed out earlier. */
function signingKeys({ access, name, signer }: AccountState) {
  if (access === "none") return [];
  const template = {
    ...permissionsOf(subjectPrefix(name), access),
    subs: UNLIMITED,
    data: UNLIMITED,
    payload: UNLIMITED,
    allowed_connection_types: ["STANDARD", "WEBSOCKET"],
  };
  return [{ kind: "user_scope", key: signer, role: "tenant", template }];
}

function sign(mark: z.infer<typeof markSchema>, { operator, account, iat }: Signing, nats: Record<string, unknown>): string {
  const claims = { ...nats, description: JSON.stringify(mark), default_permissions: { pub: {}, sub: {} }, type: "account" };
  return signJwt(operator, { iat, name: mark.name, sub: account, nats: claims });
}

const claimsSchema = z.object({
  nats: z.object({ description: z.string().optional(), limits: z.object({ disk_storage: z.number().optional() }).optional() }),
});
const markSchema = accountStateSchema.pick({ owner: true, registry: true, name: true });

/** `state` is null when it is being dropped; `isPaused`: a change was cut off, and its JetStream is still off. */
export type SeenAccount = { registry: string; name: string; state: AccountState | null; isPaused: boolean };

/** An account of ours as a server shows it; null for any other account. */
export function readAccount(jwt: string): SeenAccount | null {
  const nats = claimsSchema.safeParse(readClaims(jwt)).data?.nats;
  const mark = fromJson(nats?.description);
  const seen = markSchema.safeParse(mark);
  if (!seen.success) return null;
  const { registry, name } = seen.data;
  const isPaused = (nats?.limits?.disk_storage ?? 0) === 0;
  return { registry, name, state: accountStateSchema.safeParse(mark).data ?? null, isPaused };
}

function fromJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return null;
  }
}
