/** The services that probes run as. They are in no registry, and a driver does not list them as owned. */
import type { ReleaseRef } from "../driver.ts";

export const NEIGHBOUR: ReleaseRef = { serviceId: "00000000-0000-4000-8000-000000000001", appId: "probe-neighbour", release: 1 };
export const PROBER: ReleaseRef = { serviceId: "00000000-0000-4000-8000-000000000002", appId: "probe-prober", release: 1 };

const IDS = new Set([NEIGHBOUR.serviceId, PROBER.serviceId]);
export const isProbe = (serviceId: string): boolean => IDS.has(serviceId);
