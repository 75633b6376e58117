/**
 * Decides the access of a resource from its size. Pure. Over its limit, a resource only blocks the next create. Gross excess reduces its
 * access. The reduction is lifted well below the threshold, so that access does not alternate. Rules: docs/limits.md.
 */
import { GROSS_EXCESS, isBelowLift } from "../../../contract/excess.ts";
import { HOMES } from "../../../contract/homes.ts";
import type { Access } from "../../../contract/jobs.ts";
import { KINDS, type ResourceKind } from "../../../contract/kinds.ts";
import { UNLIMITED } from "../../../contract/plans.ts";

export type Usage = { kind: ResourceKind; bytes: number; limitBytes: number };

/** Whether the size is above the limit. Exactly at the limit is not over. */
export function isOverSize({ bytes, limitBytes }: Pick<Usage, "bytes" | "limitBytes">): boolean {
  return limitBytes !== UNLIMITED && bytes > limitBytes;
}

/** @param access the current access */
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
