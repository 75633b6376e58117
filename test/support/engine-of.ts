/** Which engine a kind lives on. */
import { type EngineName, engineSchema } from "../../contract/engines.ts";
import { KINDS, type ResourceKind } from "../../contract/kinds.ts";

/** @returns null for a kind that lives in a Durable Object */
export function engineOf(kind: ResourceKind): EngineName | null {
  return engineSchema.safeParse(KINDS[kind].home).data ?? null;
}
