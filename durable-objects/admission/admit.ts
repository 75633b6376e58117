/**
 * The decision about one create, in one synchronous turn: rate, key, count, intent. Its writes commit together.
 * Order: a replay costs no slot, and a refused create leaves no key behind.
 */
import type { Admission, AdmitRequest } from "../../contract/admission.ts";
import { countRequest, dailyAllowance, dayOf, takeSlot } from "./counters.ts";
import { findIntent, openIntent } from "./intents.ts";
import { findKey, type KeyRow, leaseKey, storedAnswer } from "./keys.ts";
import { countLiving, passedCap } from "./living.ts";

/** `wait`: another request with the key runs, or its intent is just being abandoned; decide again when that ends. */
export type Decision = Admission | { outcome: "wait"; resourceId: string };

/** Counts the request against the rate; the decision itself may then be asked for more than once. */
export function admitRate(sql: SqlStorage, request: AdmitRequest, nowMs: number): { allowed: boolean; rate: Admission["rate"] } {
  if (request.ratePerMinute === null) return { allowed: true, rate: null };
  const { allowed, ...rate } = countRequest(sql, request.ratePerMinute, nowMs);
  return { allowed, rate };
}

export function decide(sql: SqlStorage, request: AdmitRequest, rate: Admission["rate"], nowMs: number): Decision {
  const key = request.idempotency && findKey(sql, request.route, request.idempotency.keyHash, nowMs);
  const begun = begunBy(sql, key ?? undefined, nowMs);
  const answer = key && storedAnswer(key);
  const dailyOf = () => (request.dailyCap === null ? null : dailyAllowance(sql, request.dailyCap, nowMs));
  const daily = dailyOf();

  if (key && key.body_hash !== request.idempotency?.bodyHash) return { outcome: "key_conflict", rate, daily };
  if (answer) return { outcome: "replay", answer, rate, daily };
  if (begun.busy) return { outcome: "wait", resourceId: begun.resourceId };
  if (daily && daily.remaining < 1 && !begun.holdsSlot) return { outcome: "daily_cap", rate, daily };
  const passed = passedCap(sql, request, begun.resourceId);
  if (passed !== null) return { outcome: "live_cap", ...passed, rate, daily };
  return { ...begin(sql, request, begun, nowMs), rate, daily: dailyOf() };
}

/** Writes down what now begins: the slot, the intent and the key's lease. */
function begin(sql: SqlStorage, request: AdmitRequest, begun: Begun & { busy: false }, nowMs: number) {
  const resourceId = begun.resourceId ?? request.resourceId;
  const slotDay = request.dailyCap === null || begun.holdsSlot ? null : dayOf(nowMs);
  if (slotDay) takeSlot(sql, slotDay);
  if (request.live !== null) countLiving(sql, resourceId, request.kind);
  const dueAt = nowMs + request.lease.holdMs + (request.idempotency ? request.lease.resumeMs : 0);
  const attempt = openIntent(sql, { resourceId, kind: request.kind, slotDay, dueAt });
  if (request.idempotency) {
    const leaseUntil = nowMs + request.lease.holdMs;
    leaseKey(sql, { route: request.route, ...request.idempotency }, { resourceId, leaseUntil }, nowMs);
  }
  return { outcome: "proceed" as const, resourceId, resumed: begun.resourceId !== null, attempt };
}

type Begun = { busy: true; resourceId: string } | { busy: false; resourceId: string | null; holdsSlot: boolean };

/** What an earlier attempt with this key left: a resource to resume, one that is busy, or nothing. */
function begunBy(sql: SqlStorage, key: KeyRow | undefined, nowMs: number): Begun {
  if (!key || key.resource_id === null) return { busy: false, resourceId: null, holdsSlot: false };
  const intent = findIntent(sql, key.resource_id);
  if (key.lease_until > nowMs || intent?.abandoning) return { busy: true, resourceId: key.resource_id };
  // No intent and no answer: the resource is complete and its answer was lost. It keeps its slot, and the key leads to it.
  return { busy: false, resourceId: key.resource_id, holdsSlot: intent === undefined || intent.slot_day !== null };
}
