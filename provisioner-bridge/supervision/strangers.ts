/**
 * Finds what the container engine has with our labels and the registry does not know. A container is quarantined: stopped at once, and removed with
 * its image and network a day later, unless the registry knows it by then. When that would be more than a few per cent, nothing is done: the
 * registry is more likely to be wrong. docs/orphans/deployments.md.
 */
import type pg from "pg";
import type { Log } from "../log.ts";
import { type Loop, startLoop } from "../loop.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { isSuspicious } from "../reconcile/findings.ts";
import { withRegistry } from "../registry/database.ts";
import { type KnownParts, readKnownParts } from "../registry/releases.ts";
import type { Driver, Owned, ReleaseRef } from "../services/driver.ts";

const MINUTE_MS = 60_000;
const LOOK_EVERY_MS = 10 * MINUTE_MS;
const KEPT_MS = 24 * 60 * MINUTE_MS;
const STOP_GRACE_SECONDS = 10;
/** For the next build of the same app, which uses the layers whose instructions have not changed. */
const LAYERS_KEPT_HOURS = 24;

export type StrangersDeps = {
  registry: pg.Pool;
  driver: Driver;
  clock: Clock;
  random: Random;
  log: Log;
  /** How many there are. */
  found(count: number): void;
};

type Stranger = { kind: "container" | "image" | "network"; serviceId: string; ref: ReleaseRef | null };

export function startStrangers({ registry, driver, clock, random, log, found }: StrangersDeps): Loop {
  /** When each was first seen. What is removed between the two lists looks like one, once. */
  let seen = new Map<string, number>();

  async function treat(stranger: Stranger, firstMs: number): Promise<void> {
    const isOver = clock.elapsedMs() - firstMs >= KEPT_MS;
    if (isOver) await remove(driver, stranger);
    else if (stranger.kind === "container" && stranger.ref !== null) await driver.stop(stranger.ref, STOP_GRACE_SECONDS);
    log.error(
      { ...stranger, is_removed: isOver },
      isOver ? "an unknown part of an app was removed" : "quarantined: a part of an app without a record",
    );
  }

  async function pass(): Promise<void> {
    try {
      // First the engine, then the registry: a row is older than what it is about.
      const owned = await driver.owned();
      await driver.pruneLayers(LAYERS_KEPT_HOURS);
      const strangers = strangersIn(owned, await withRegistry(registry, readKnownParts));
      found(strangers.length);
      const total = owned.containers.length + owned.images.length + owned.networks.length;
      if (isSuspicious(strangers.length, total)) {
        log.error({ strangers: strangers.length, total }, "too many unknown parts of apps: is this the right registry? Nothing was done");
        return;
      }
      const before = seen;
      seen = new Map(strangers.map((stranger) => [keyOf(stranger), before.get(keyOf(stranger)) ?? clock.elapsedMs()]));
      for (const stranger of strangers) if (before.has(keyOf(stranger))) await treat(stranger, seen.get(keyOf(stranger)) ?? 0);
    } catch (err) {
      log.warn({ err }, "the container engine could not be compared with the registry");
    }
  }

  return startLoop({ clock, random, intervalMs: LOOK_EVERY_MS, pass });
}

const keyOf = ({ kind, serviceId, ref }: Stranger): string => `${kind} ${serviceId} ${ref?.release ?? ""}`;

/** Pure. Containers first: an image or a network goes only without them. */
export function strangersIn({ containers, images, networks }: Owned, known: KnownParts): Stranger[] {
  const nameOf = ({ serviceId, release }: ReleaseRef): string => `${serviceId} ${release}`;
  const of = (kind: "container" | "image", refs: readonly ReleaseRef[], rows: ReadonlySet<string>): Stranger[] =>
    refs.filter((ref) => !rows.has(nameOf(ref))).map((ref) => ({ kind, serviceId: ref.serviceId, ref }));
  return [
    ...of("container", containers, known.containers),
    ...of("image", images, known.images),
    ...networks
      .filter(({ serviceId }) => !known.services.has(serviceId))
      .map(({ serviceId }) => ({ kind: "network" as const, serviceId, ref: null })),
  ];
}

async function remove(driver: Driver, { kind, serviceId, ref }: Stranger): Promise<void> {
  if (kind === "container" && ref !== null) await driver.removeContainer(ref);
  else if (kind === "image" && ref !== null) await driver.removeImage(ref);
  else await driver.removeNetwork(serviceId);
}
