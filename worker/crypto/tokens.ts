/**
 * Upgrade and claim-only JWTs. An upgrade JWT opens its resource (`sub` is the resource's token); a claim-only JWT, which ends
 * up in links and chats, only names it (`sub` is its id) and never holds a token. Source: PRODUCT "upgrade_jwt".
 */
import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { resourceIdSchema } from "../../contract/names.ts";
import type { Config } from "../env.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import { createSigningKeys, type PublicJwks, SIGNING_ALGORITHM } from "./signing-keys.ts";

export const TOKEN_LIFETIME_SECONDS = 7 * 24 * 3600;
const AUDIENCES = { upgrade: "instanode:upgrade", claim: "instanode:claim" } as const;
/** Longer than any token we issue: refused before anything is decoded. */
const TOKEN_MAX_CHARACTERS = 2_048;

type Issued = { fingerprint: string; jti: string; expiresAt: Date };
export type Claimable = ({ kind: "upgrade"; resourceToken: string } & Issued) | ({ kind: "claim"; resourceId: string } & Issued);

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
  /** @throws TokenError */
  verifyClaimable(jwt: string): Promise<Claimable>;
  /** The public keys, for anyone who wants to check our tokens. */
  publicJwks(): PublicJwks;
}

const claimsSchema = z.object({
  aud: z.enum([AUDIENCES.upgrade, AUDIENCES.claim]),
  sub: resourceIdSchema,
  fp: z.string().min(1),
  jti: z.string().min(1),
  exp: z.number().int(),
});

export function createTokens(config: Pick<Config, "publicUrl" | "tokenSigningKeys">, clock: Clock, ids: Ids): Tokens {
  const keys = createSigningKeys(config.tokenSigningKeys);

  async function issue(audience: string, subject: string, fingerprint: string): Promise<string> {
    const { kid, key } = await keys.current();
    const nowSeconds = Math.floor(clock.now() / 1000);
    return new SignJWT({ fp: fingerprint })
      .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid, typ: "JWT" })
      .setIssuer(config.publicUrl)
      .setAudience(audience)
      .setSubject(subject)
      .setJti(ids.uuid())
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + TOKEN_LIFETIME_SECONDS)
      .sign(key);
  }

  async function verifiedClaims(jwt: string): Promise<z.infer<typeof claimsSchema>> {
    if (jwt.length > TOKEN_MAX_CHARACTERS) throw new TokenError("malformed");
    const findKey = async ({ kid }: { kid?: string }) => {
      const key = await keys.verifier(kid);
      if (!key) throw new TokenError("invalid");
      return key;
    };
    const rules = {
      // One algorithm, so that no header can choose a weaker one.
      algorithms: [SIGNING_ALGORITHM],
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

  return {
    issueUpgrade: ({ resourceToken, fingerprint }) => issue(AUDIENCES.upgrade, resourceToken, fingerprint),
    issueClaim: ({ resourceId, fingerprint }) => issue(AUDIENCES.claim, resourceId, fingerprint),
    async verifyClaimable(jwt) {
      const { aud, sub, fp, jti, exp } = await verifiedClaims(jwt);
      const issued = { fingerprint: fp, jti, expiresAt: new Date(exp * 1000) };
      return aud === AUDIENCES.upgrade ? { kind: "upgrade", resourceToken: sub, ...issued } : { kind: "claim", resourceId: sub, ...issued };
    },
    publicJwks: () => keys.publicJwks(),
  };
}

function reasonOf(cause: unknown): TokenError["reason"] {
  if (cause instanceof errors.JWTExpired) return "expired";
  return cause instanceof errors.JWSInvalid || cause instanceof errors.JWTInvalid ? "malformed" : "invalid";
}
