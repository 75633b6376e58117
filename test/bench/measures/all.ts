/** Everything the bench measures, in the order of a whole run: each finds what it needs, or makes it. */
import type { Measure } from "../measure.ts";
import { creates } from "./creates.ts";
import { expiry } from "./expiry.ts";
import { expirySweep } from "./expiry-sweep.ts";
import { kinds } from "./kinds.ts";
import { meteringSweep } from "./metering-sweep.ts";
import { sustained } from "./sustained.ts";
import { tenants } from "./tenants.ts";

export const MEASURES: readonly Measure[] = [creates, tenants, kinds, sustained, meteringSweep, expiry, expirySweep];
