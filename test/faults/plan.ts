/** What a campaign tries, chosen by a seed. A deck of every point with every victim is dealt, so that none is left to luck. */
import type { SeededRandom } from "../support/seeded-random.ts";
import {
  ABANDON_POINTS,
  type AbandonPoint,
  CREATE_POINTS,
  type CreatePoint,
  DROP_POINTS,
  type DropPoint,
  VICTIMS,
  type Victim,
} from "./points.ts";

/** How a caller behaves: with a key until it is answered, with a key but once, without a key and once. */
export const MANNERS = ["keyed_retry", "keyed_once", "keyless"] as const;
export type Manner = (typeof MANNERS)[number];

type Common = {
  number: number;
  victim: Victim;
  afterwards: "answer" | "drop";
  /** Another create that is under way when the shot falls. */
  bystander: Manner | null;
};
export type CreateTry = Common & { kind: "create"; point: CreatePoint; manner: Manner };
export type DropTry = Common & { kind: "drop"; point: DropPoint };
/** First PostgreSQL dies at `opening`, so that the create fails; then `victim` dies while the create is given up. */
export type AbandonTry = Common & { kind: "abandon"; point: AbandonPoint; opening: CreatePoint };
export type Try = CreateTry | DropTry | AbandonTry;

type Card =
  | { kind: "create"; point: CreatePoint; victim: Victim }
  | { kind: "drop"; point: DropPoint; victim: Victim }
  | { kind: "abandon"; point: AbandonPoint; victim: Victim };

const cards: readonly Card[] = VICTIMS.flatMap((victim) => [
  ...CREATE_POINTS.map((point) => ({ kind: "create", point, victim }) as const),
  ...DROP_POINTS.map((point) => ({ kind: "drop", point, victim }) as const),
  ...ABANDON_POINTS.map((point) => ({ kind: "abandon", point, victim }) as const),
]);
/** Where a dead PostgreSQL makes the job fail and the bridge say so. */
const OPENINGS = ["bridge.create.after_registry", "bridge.create.after_role", "bridge.create.after_database"] as const;

/** Most callers send a key and mean it. */
const KEYED_SHARE = 0.7;
const ONCE_SHARE = 0.25;
const BYSTANDER_SHARE = 0.4;
const DROP_CONNECTION_SHARE = 0.3;

/** `tries` tries of a campaign. */
export function planCampaign(random: SeededRandom, tries: number): Try[] {
  const deck: Card[] = [];
  while (deck.length < tries) deck.push(...random.shuffled(cards));
  return deck.slice(0, tries).map((card, index) => dealt(random, card, index + 1, MANNERS));
}

/** For every victim one create killed in the bridge, one in the Worker and one drop; nobody who would leave it at one try with a key. */
export function planSample(random: SeededRandom): Try[] {
  const wanted: ReadonlyArray<(card: Card) => boolean> = [
    (card) => card.kind === "create" && card.point.startsWith("bridge."),
    (card) => card.kind === "create" && card.point.startsWith("worker."),
    (card) => card.kind === "drop",
  ];
  const deck = VICTIMS.flatMap((victim) =>
    wanted.map((matches) => random.pick(cards.filter((card) => card.victim === victim && matches(card)))),
  );
  return random.shuffled(deck).map((card, index) => dealt(random, card, index + 1, ["keyed_retry", "keyless"]));
}

function dealt(random: SeededRandom, card: Card, number: number, manners: readonly Manner[]): Try {
  const common = {
    number,
    afterwards: random.chance(DROP_CONNECTION_SHARE) ? ("drop" as const) : ("answer" as const),
    bystander: random.chance(BYSTANDER_SHARE) ? mannerOf(random, manners) : null,
  };
  switch (card.kind) {
    case "create":
      return { ...common, ...card, manner: mannerOf(random, manners) };
    case "abandon":
      return { ...common, ...card, opening: random.pick(OPENINGS) };
    case "drop":
      return { ...common, ...card };
  }
}

function mannerOf(random: SeededRandom, manners: readonly Manner[]): Manner {
  if (!random.chance(KEYED_SHARE)) return "keyless";
  return manners.includes("keyed_once") && random.chance(ONCE_SHARE) ? "keyed_once" : "keyed_retry";
}
