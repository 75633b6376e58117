/** The caller's remaining allowances as structured fields, one item per policy (draft-ietf-httpapi-ratelimit-headers). */
import { type Allowance, RATE_WINDOW_MS } from "../../contract/admission.ts";
import type { RequestContext } from "../context.ts";

const DAY_SECONDS = 86_400;

type Policy = { name: string; windowSeconds: number; allowance: Allowance | null };

/** @returns header names and values; none when nothing was counted */
export function rateLimitHeaders(allowances: RequestContext["allowances"] | undefined): Array<[string, string]> {
  const policies: Policy[] = [
    { name: "default", windowSeconds: RATE_WINDOW_MS / 1000, allowance: allowances?.rate ?? null },
    { name: "provisions", windowSeconds: DAY_SECONDS, allowance: allowances?.daily ?? null },
  ];
  const counted = policies.flatMap(({ allowance, ...policy }) => (allowance ? [{ ...policy, ...allowance }] : []));
  if (counted.length === 0) return [];
  return [
    ["RateLimit-Policy", counted.map(({ name, limit, windowSeconds }) => `"${name}";q=${limit};w=${windowSeconds}`).join(", ")],
    ["RateLimit", counted.map(({ name, remaining, resetsInSeconds }) => `"${name}";r=${remaining};t=${resetsInSeconds}`).join(", ")],
  ];
}
