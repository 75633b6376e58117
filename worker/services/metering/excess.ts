/**
 * Decides the access of a resource by its size. Pure. Over the limit, only further creates are refused; gross excess reduces access.
 * Access returns well below the threshold, so that it does not flap. See docs/limits.md.
 */
import { GROSS_EXCESS, isBelowLift } from "../../../contract/excess.ts";
import { HOMES } from "../../../contract/homes.ts";
import type { Access } from "../../../contract/jobs.ts";
import { KINDS, type ResourceKind } from "../../../contract/kinds.ts";
import { UNLIMITED } from "../../../contract/plans.ts";

export type Usage = { kind: ResourceKind; bytes: number; limitBytes: number };

/** Over its limit: exactly full is not over. */
export function isOverSize({ bytes, limitBytes }: Pick<Usage, "bytes" | "limitBytes">): boolean {
  return limitBytes !== UNLIMITED && bytes > limitBytes;
}

/** @param access what it may do now */
export function judgeAccess({ kind, bytes, limitBytes }: Usage, access: Access): Access {
  if (limitBytes === UNLIMITED) return "full";
  const hardBytes = hardCeilingBytes(kind, limitBytes);
  if (bytes > hardBytes || (access === "none" && !isBelowLift(bytes, hardBytes))) return "none";
  if (bytes > GROSS_EXCESS * limitBytes || (access !== "full" && !isBelowLift(bytes, limitBytes))) return "read_only";
  return "full";
}

function hardCeilingBytes(kind: ResourceKind, limitBytes: number): number {
  const times = HOMES[KINDS[kind].home].softReadOnly?.hardCeilingTimes;
  return times === undefined ? Number.POSITIVE_INFINITY : times * limitBytes;
}
