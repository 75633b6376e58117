/** What an admitting object does on its alarm: abandon overdue intents, forget what is over, and arm the next alarm. */
import type { AdmissionPlatform } from "../../contract/admission.ts";
import { backoffMs, type Runtime } from "../runtime.ts";
import { giveSlotBack, purgeDays, secondsToMidnight } from "./counters.ts";
import { closeIntent, nextIntentDue, postponeIntent, takeDueIntents } from "./intents.ts";
import { detachKey, nextKeyExpiry, purgeKeys } from "./keys.ts";
import { uncount } from "./living.ts";
import { isEmpty } from "./tables.ts";
import { purgeUploads } from "./uploads.ts";
import type { WaitingRoom } from "./waiting.ts";

/** Intents abandoned in one alarm; the rest follows in the next, at once. */
const BATCH = 20;
const CLEAN_UP_SPREAD_MS = 3_600_000;
const RETRY = { baseMs: 500, capMs: 20_000 };

type Parts = { sql: SqlStorage; actions: AdmissionPlatform; runtime: Runtime; waiting: WaitingRoom };

/**
 * Abandons every due intent, but those whose row turns out to be written: they are complete, and a key that has no answer yet
 * goes on leading to them. One that cannot be abandoned now falls due again later; none is ever forgotten.
 */
export async function abandonDueIntents({ sql, actions, runtime, waiting }: Parts): Promise<void> {
  for (const intent of takeDueIntents(sql, runtime.now(), BATCH)) {
    try {
      const end = await actions.abandon({ resourceId: intent.resource_id, kind: intent.kind, wasRefused: intent.refused === 1 });
      closeIntent(sql, intent.resource_id);
      if (end === "abandoned") {
        detachKey(sql, intent.resource_id);
        uncount(sql, intent.resource_id);
        if (intent.slot_day) giveSlotBack(sql, intent.slot_day);
      }
    } catch {
      postponeIntent(sql, intent.resource_id, runtime.now() + backoffMs(intent.failures + 1, RETRY, runtime));
    }
    waiting.release(intent.resource_id, "decide_again");
  }
}

/** After the day's counters are over, spread so that not every object wakes at midnight. */
export function cleanUpTime(runtime: Runtime): number {
  const now = runtime.now();
  return now + secondsToMidnight(now) * 1000 + Math.round(runtime.random() * CLEAN_UP_SPREAD_MS);
}

/** Forgets what is over and returns when to wake next, or null when nothing is left to remember. */
export function cleanUp(sql: SqlStorage, runtime: Runtime): number | null {
  const now = runtime.now();
  purgeKeys(sql, now);
  purgeDays(sql, now);
  purgeUploads(sql, now);
  if (isEmpty(sql)) return null;
  const later = cleanUpTime(runtime);
  return Math.min(nextIntentDue(sql) ?? later, nextKeyExpiry(sql) ?? later, later);
}
