/**
 * Messages that the Worker and the bridge sign for each other: compact JWSs (EdDSA, with a `kid`) that carry registered claims.
 * Jobs (jobs.ts) and reports (reports.ts) are such messages. Both sides sign and verify them with the functions in this module.
 */
import { compactVerify, decodeProtectedHeader, errors, type importJWK, SignJWT } from "jose";
import { z } from "zod";

export const MESSAGE_ALGORITHM = "EdDSA";
/** The longest difference between the sender's clock and the receiver's that is accepted. */
const CLOCK_SKEW_SECONDS = 5;
const SECOND_MS = 1_000;
const KID_CHARACTERS_MAX = 64;

/** An Ed25519 public key (RFC 8037). */
export const publicJwkSchema = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  kid: z.string().min(1).max(KID_CHARACTERS_MAX),
  x: z.string().min(1),
});

/** An Ed25519 private key (RFC 8037). Secret. */
export const privateJwkSchema = publicJwkSchema.extend({ d: z.string().min(1) });
export type PrivateJwk = z.infer<typeof privateJwkSchema>;

/** The registered claims that every message carries; each type of message adds its own content. */
export const registeredClaims = {
  iss: z.string(),
  aud: z.string(),
  iat: z.number().int(),
  exp: z.number().int(),
  jti: z.string().min(1).max(200),
  kind: z.string(),
};
type Times = { iat: number; exp: number };

export type ImportedKey = Awaited<ReturnType<typeof importJWK>>;
type KeySource = Parameters<typeof compactVerify>[1];

/** Why a message was refused. */
export type MessageFault = "malformed" | "unknown_key" | "invalid_signature" | "expired";

export class MessageError extends Error {
  readonly fault: MessageFault;

  constructor(fault: MessageFault, options?: { cause?: unknown }) {
    super(`the signed message was refused: ${fault}`, options);
    this.name = "MessageError";
    this.fault = fault;
  }
}

type Outgoing = {
  content: Record<string, unknown>;
  issuer: string;
  audience: string;
  id: string;
  lifetimeSeconds: number;
  /** The current time, in milliseconds since 1970. */
  nowMs: number;
  signer: { kid: string; key: ImportedKey };
};

/** @returns the message as a compact JWS */
export function signMessage({ content, issuer, audience, id, lifetimeSeconds, nowMs, signer }: Outgoing): Promise<string> {
  const issuedAt = Math.floor(nowMs / SECOND_MS);
  return new SignJWT(content)
    .setProtectedHeader({ alg: MESSAGE_ALGORITHM, kid: signer.kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setJti(id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .sign(signer.key);
}

type Expected<Claims> = { keys: KeySource; claims: z.ZodType<Claims>; lifetimeMaxSeconds: number; nowMs: number };

/**
 * Checks the signature before it reads any claim. The caller checks issuer, audience and content.
 * @returns the claims of a message that is signed by one of `keys` and is valid now
 * @throws MessageError
 */
export async function verifyMessage<Claims extends Times>(jws: string, expected: Expected<Claims>): Promise<Claims> {
  requireHeader(jws);
  const claims = parseClaims(await verifiedPayload(jws, expected.keys), expected.claims);
  requireTimely(claims, expected);
  return claims;
}

/** A `kid` is required: without one, a receiver that has a single key would try that key. */
function requireHeader(jws: string): void {
  try {
    const header = decodeProtectedHeader(jws);
    if (header.alg === MESSAGE_ALGORITHM && typeof header.kid === "string") return;
  } catch (cause) {
    throw new MessageError("malformed", { cause });
  }
  throw new MessageError("malformed");
}

async function verifiedPayload(jws: string, keys: KeySource): Promise<Uint8Array> {
  try {
    return (await compactVerify(jws, keys, { algorithms: [MESSAGE_ALGORITHM] })).payload;
  } catch (cause) {
    if (cause instanceof errors.JWKSNoMatchingKey) throw new MessageError("unknown_key", { cause });
    if (cause instanceof errors.JWSSignatureVerificationFailed) throw new MessageError("invalid_signature", { cause });
    if (cause instanceof errors.JWSInvalid) throw new MessageError("malformed", { cause });
    throw cause;
  }
}

function parseClaims<Claims>(payload: Uint8Array, schema: z.ZodType<Claims>): Claims {
  try {
    return schema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(payload)));
  } catch (cause) {
    throw new MessageError("malformed", { cause });
  }
}

function requireTimely({ iat, exp }: Times, { lifetimeMaxSeconds, nowMs }: Pick<Expected<unknown>, "lifetimeMaxSeconds" | "nowMs">): void {
  const now = nowMs / SECOND_MS;
  const lifetime = exp - iat;
  const isLate = exp + CLOCK_SKEW_SECONDS <= now;
  const isEarly = iat - CLOCK_SKEW_SECONDS > now;
  if (isLate || isEarly || lifetime <= 0 || lifetime > lifetimeMaxSeconds) throw new MessageError("expired");
}
