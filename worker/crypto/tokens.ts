/**
 * Upgrade, claim-only and session JWTs. An upgrade JWT opens its resource (`sub` is the resource's token). A claim-only JWT is put into
 * links, so it only names the resource (`sub` is its id) and holds no token. A session JWT names a row that can be revoked; without a live
 * row it is not accepted.
 */
import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { SESSION_LIFETIME_SECONDS } from "../../contract/accounts.ts";
import { resourceIdSchema } from "../../contract/names.ts";
import { MESSAGE_ALGORITHM } from "../../contract/signed-message.ts";
import type { Config } from "../env.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import { createSigningKeys, type PublicJwks } from "./signing-keys.ts";

export const TOKEN_LIFETIME_SECONDS = 7 * 24 * 3600;
const AUDIENCES = { upgrade: "instanode:upgrade", claim: "instanode:claim", session: "instanode:session" } as const;
/** Longer than any token we issue: refused before anything is decoded. */
const TOKEN_MAX_CHARACTERS = 2_048;

type Issued = { fingerprint: string; jti: string; expiresAt: Date };
export type Claimable = ({ kind: "upgrade"; resourceToken: string } & Issued) | ({ kind: "claim"; resourceId: string } & Issued);

export type SessionToken = { kind: "session"; userId: string; jti: string };

/** Why a token was refused; says nothing about the token's content. */
export class TokenError extends Error {
  readonly reason: "malformed" | "expired" | "invalid";

  constructor(reason: TokenError["reason"], options?: { cause?: unknown }) {
    super(`the token is ${reason}`, options);
    this.name = "TokenError";
    this.reason = reason;
  }
}

export interface Tokens {
  /** @returns a JWT that opens and claims the resource of `resourceToken`, for 7 days */
  issueUpgrade(input: { resourceToken: string; fingerprint: string }): Promise<string>;
  /** @returns a JWT that can only be claimed with, for 7 days */
  issueClaim(input: { resourceId: string; fingerprint: string }): Promise<string>;
  /** @returns a JWT for the session of this id, for as long as it may last */
  issueSession(input: { userId: string; jti: string }): Promise<string>;
  /** @throws TokenError */
  verifyClaimable(jwt: string): Promise<Claimable>;
  /** Any of the three, as a bearer may be. @throws TokenError */
  verifyBearer(jwt: string): Promise<Claimable | SessionToken>;
  /** The public keys that verify these tokens. */
  publicJwks(): PublicJwks;
}

const registered = { sub: resourceIdSchema, jti: z.string().min(1), exp: z.number().int() };
const claimsSchema = z.discriminatedUnion("aud", [
  z.object({ aud: z.literal(AUDIENCES.upgrade), fp: z.string().min(1), ...registered }),
  z.object({ aud: z.literal(AUDIENCES.claim), fp: z.string().min(1), ...registered }),
  z.object({ aud: z.literal(AUDIENCES.session), ...registered, jti: z.uuid() }),
]);
type Claims = z.infer<typeof claimsSchema>;

export function createTokens(config: Pick<Config, "publicUrl" | "tokenSigningKeys">, clock: Clock, ids: Ids): Tokens {
  const keys = createSigningKeys(config.tokenSigningKeys);

  type Wanted = { audience: string; subject: string; jti?: string; claims?: Record<string, string>; lifetimeSeconds?: number };
  async function issue({ audience, subject, jti = ids.uuid(), claims = {}, lifetimeSeconds = TOKEN_LIFETIME_SECONDS }: Wanted) {
    const { kid, key } = await keys.current();
    const nowSeconds = Math.floor(clock.now() / 1000);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: MESSAGE_ALGORITHM, kid, typ: "JWT" })
      .setIssuer(config.publicUrl)
      .setAudience(audience)
      .setSubject(subject)
      .setJti(jti)
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + lifetimeSeconds)
      .sign(key);
  }

  async function verifiedClaims(jwt: string): Promise<Claims> {
    if (jwt.length > TOKEN_MAX_CHARACTERS) throw new TokenError("malformed");
    const findKey = async ({ kid }: { kid?: string }) => {
      const key = await keys.verifier(kid);
      if (!key) throw new TokenError("invalid");
      return key;
    };
    const rules = {
      // One algorithm only, so that a header cannot choose a weaker one.
      algorithms: [MESSAGE_ALGORITHM],
      issuer: config.publicUrl,
      audience: Object.values(AUDIENCES),
      currentDate: new Date(clock.now()),
      requiredClaims: ["exp", "iat"],
    };
    try {
      const { payload } = await jwtVerify(jwt, findKey, rules);
      return claimsSchema.parse(payload);
    } catch (cause) {
      throw cause instanceof TokenError ? cause : new TokenError(reasonOf(cause), { cause });
    }
  }

  const ofResource = (audience: string, subject: string, fingerprint: string) => issue({ audience, subject, claims: { fp: fingerprint } });
  return {
    issueUpgrade: ({ resourceToken, fingerprint }) => ofResource(AUDIENCES.upgrade, resourceToken, fingerprint),
    issueClaim: ({ resourceId, fingerprint }) => ofResource(AUDIENCES.claim, resourceId, fingerprint),
    issueSession: ({ userId, jti }) =>
      issue({ audience: AUDIENCES.session, subject: userId, jti, lifetimeSeconds: SESSION_LIFETIME_SECONDS }),
    verifyBearer: async (jwt) => tokenOf(await verifiedClaims(jwt)),
    async verifyClaimable(jwt) {
      const token = tokenOf(await verifiedClaims(jwt));
      if (token.kind === "session") throw new TokenError("invalid");
      return token;
    },
    publicJwks: () => keys.publicJwks(),
  };
}

function tokenOf(claims: Claims): Claimable | SessionToken {
  const { sub, jti, exp } = claims;
  if (claims.aud === AUDIENCES.session) return { kind: "session", userId: sub, jti };
  const issued = { fingerprint: claims.fp, jti, expiresAt: new Date(exp * 1000) };
  return claims.aud === AUDIENCES.upgrade
    ? { kind: "upgrade", resourceToken: sub, ...issued }
    : { kind: "claim", resourceId: sub, ...issued };
}

function reasonOf(cause: unknown): TokenError["reason"] {
  if (cause instanceof errors.JWTExpired) return "expired";
  return cause instanceof errors.JWSInvalid || cause instanceof errors.JWTInvalid ? "malformed" : "invalid";
}
