/** Everything the bench measures, in the order of a whole run: each finds what it needs, or makes it. */
import type { Measure } from "../measure.ts";
import { creates } from "./creates.ts";
import { expiry } from "./expiry.ts";
import { expirySweep } from "./expiry-sweep.ts";
import { kinds } from "./kinds.ts";
import { meteringSweep } from "./metering-sweep.ts";
import { refilling } from "./refilling.ts";
import { sustained } from "./sustained.ts";
import { tenants } from "./tenants.ts";

/**
 * The thousand that the first two leave expire before `sustained` makes two thousand more: the disk never holds both. What `refilling`
 * has too many of, `sustained` uses. The metering ends with a bridge that meters no more, as `expiry` needs it: it counts statements.
 */
export const MEASURES: readonly Measure[] = [creates, tenants, kinds, expirySweep, refilling, sustained, meteringSweep, expiry];
