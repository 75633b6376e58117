/** What a campaign tries, chosen by a seed. A deck of every point with every victim of every kind is dealt, so that none is left to luck. */
import type { ResourceKind } from "../../contract/kinds.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import {
  ABANDON_POINTS,
  createPoints,
  discardPoints,
  dropPoints,
  type FaultPoint,
  fillPoints,
  openings,
  pooledEngine,
  type Victim,
  victimsOf,
} from "./points.ts";

/** How a caller behaves: with a key until it is answered, with a key but once, without a key and once. */
export const MANNERS = ["keyed_retry", "keyed_once", "keyless"] as const;
export type Manner = (typeof MANNERS)[number];

type Card = { what: "create" | "drop" | "abandon" | "fill" | "discard"; kind: ResourceKind; point: FaultPoint; victim: Victim };
type Common = Omit<Card, "what"> & {
  number: number;
  afterwards: "answer" | "drop";
  /** Another create, of any kind, that is under way when the shot falls. */
  bystander: { kind: ResourceKind; manner: Manner } | null;
};
export type CreateTry = Common & { what: "create"; manner: Manner };
export type DropTry = Common & { what: "drop" };
/** First the engine dies at `opening`, so that the create fails; then `victim` dies while the create is given up. */
export type AbandonTry = Common & { what: "abandon"; opening: FaultPoint };
/** `victim` dies while the pool is filled, or while a tenant of the pool is removed that was never finished. */
export type PoolTry = Common & { what: "fill" | "discard" };
export type Try = CreateTry | DropTry | AbandonTry | PoolTry;

/** What `npm test` has time for; the whole campaign is `npm run test:faults`. */
const SAMPLE_TRIES = 10;
/** Most callers send a key and mean it. */
const KEYED_SHARE = 0.7;
const ONCE_SHARE = 0.25;
const BYSTANDER_SHARE = 0.4;
const DROP_CONNECTION_SHARE = 0.3;

/** The pool is the bridge's: the Worker's death is nothing to it. */
const POOL_VICTIMS = ["bridge", "engine"] as const satisfies readonly Victim[];

function cardsOf(kind: ResourceKind, pools: boolean): Card[] {
  // A create that is handed a ready-made tenant touches no engine: a dead one does not make it fail.
  const canFail = openings(kind).length > 0 && !(pools && pooledEngine(kind) !== null);
  return [
    ...victimsOf(kind).flatMap((victim) => [
      ...createPoints(kind, pools).map((point) => ({ what: "create", kind, point, victim }) as const),
      ...dropPoints(kind).map((point) => ({ what: "drop", kind, point, victim }) as const),
      ...(canFail ? ABANDON_POINTS.map((point) => ({ what: "abandon", kind, point, victim }) as const) : []),
    ]),
    ...(pools ? POOL_VICTIMS.flatMap((victim) => poolCardsOf(kind, victim)) : []),
  ];
}

function poolCardsOf(kind: ResourceKind, victim: Victim): Card[] {
  return [
    ...fillPoints(kind).map((point) => ({ what: "fill", kind, point, victim }) as const),
    ...discardPoints(kind).map((point) => ({ what: "discard", kind, point, victim }) as const),
  ];
}

/** What a plan is made for: the kinds it tries, and whether their tenants are ready-made where they can be. */
export type PlanOptions = { kinds: readonly ResourceKind[]; pools: boolean };

/** Every other seed keeps tenants ready-made. */
export function hasPools(seed: number): boolean {
  return seed % 2 === 0;
}

/** `tries` tries of a campaign: every kind in its turn, each with a deck of its own. */
export function planCampaign(random: SeededRandom, { kinds, pools }: PlanOptions, tries: number): Try[] {
  const decks = new Map(kinds.map((kind) => [kind, random.shuffled(cardsOf(kind, pools))]));
  const dealtCards: Card[] = [];
  while (dealtCards.length < tries) {
    for (const kind of random.shuffled(kinds)) {
      const deck = decks.get(kind) ?? [];
      if (deck.length === 0) deck.push(...random.shuffled(cardsOf(kind, pools)));
      const card = deck.pop();
      if (card !== undefined) dealtCards.push(card);
    }
  }
  return dealtCards.slice(0, tries).map((card, index) => dealt(random, card, kinds, index + 1, MANNERS));
}

/** Of every kind a create or a drop, whose victims take turns, of every pool a fill, and more of the first up to SAMPLE_TRIES. No try sends its key only once. */
export function planSample(random: SeededRandom, { kinds, pools }: PlanOptions): Try[] {
  const change = (kind: ResourceKind, turn: number): Card => {
    const victims = victimsOf(kind);
    const victim = victims[turn % victims.length];
    const isChange = ({ what }: Card): boolean => what === "create" || what === "drop";
    return random.pick(cardsOf(kind, pools).filter((card) => card.victim === victim && isChange(card)));
  };
  const filled = pools ? kinds.filter((kind) => pooledEngine(kind) !== null) : [];
  const fills = filled.map((kind) => random.pick(cardsOf(kind, pools).filter(({ what }) => what === "fill")));
  const cards = [...random.shuffled(kinds).map(change), ...fills];
  while (cards.length < SAMPLE_TRIES) cards.push(change(random.pick(kinds), cards.length));
  return random.shuffled(cards).map((card, index) => dealt(random, card, kinds, index + 1, ["keyed_retry", "keyless"]));
}

function dealt(random: SeededRandom, card: Card, kinds: readonly ResourceKind[], number: number, manners: readonly Manner[]): Try {
  const { what, ...rest } = card;
  const common = {
    ...rest,
    number,
    afterwards: random.chance(DROP_CONNECTION_SHARE) ? ("drop" as const) : ("answer" as const),
    bystander: random.chance(BYSTANDER_SHARE) ? { kind: random.pick(kinds), manner: mannerOf(random, manners) } : null,
  };
  switch (what) {
    case "create":
      return { ...common, what, manner: mannerOf(random, manners) };
    case "abandon":
      return { ...common, what, opening: random.pick(openings(card.kind)) };
    case "drop":
    case "fill":
    case "discard":
      return { ...common, what };
  }
}

function mannerOf(random: SeededRandom, manners: readonly Manner[]): Manner {
  if (!random.chance(KEYED_SHARE)) return "keyless";
  return manners.includes("keyed_once") && random.chance(ONCE_SHARE) ? "keyed_once" : "keyed_retry";
}
