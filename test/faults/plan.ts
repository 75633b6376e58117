/** What a campaign tries, chosen by a seed. A deck of every point with every victim of every kind is dealt, so that none is left to luck. */
import type { ResourceKind } from "../../contract/names.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import { ABANDON_POINTS, createPoints, dropPoints, type FaultPoint, openings, type Victim, victimsOf } from "./points.ts";

/** How a caller behaves: with a key until it is answered, with a key but once, without a key and once. */
export const MANNERS = ["keyed_retry", "keyed_once", "keyless"] as const;
export type Manner = (typeof MANNERS)[number];

type Card = { what: "create" | "drop" | "abandon"; kind: ResourceKind; point: FaultPoint; victim: Victim };
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
export type Try = CreateTry | DropTry | AbandonTry;

/** Most callers send a key and mean it. */
const KEYED_SHARE = 0.7;
const ONCE_SHARE = 0.25;
const BYSTANDER_SHARE = 0.4;
const DROP_CONNECTION_SHARE = 0.3;

function cardsOf(kind: ResourceKind): Card[] {
  return victimsOf(kind).flatMap((victim) => [
    ...createPoints(kind).map((point) => ({ what: "create", kind, point, victim }) as const),
    ...dropPoints(kind).map((point) => ({ what: "drop", kind, point, victim }) as const),
    ...(openings(kind).length === 0 ? [] : ABANDON_POINTS.map((point) => ({ what: "abandon", kind, point, victim }) as const)),
  ]);
}

/** `tries` tries of a campaign: every kind in its turn, each with a deck of its own. */
export function planCampaign(random: SeededRandom, kinds: readonly ResourceKind[], tries: number): Try[] {
  const decks = new Map(kinds.map((kind) => [kind, random.shuffled(cardsOf(kind))]));
  const dealtCards: Card[] = [];
  while (dealtCards.length < tries) {
    for (const kind of random.shuffled(kinds)) {
      const deck = decks.get(kind) ?? [];
      if (deck.length === 0) deck.push(...random.shuffled(cardsOf(kind)));
      const card = deck.pop();
      if (card !== undefined) dealtCards.push(card);
    }
  }
  return dealtCards.slice(0, tries).map((card, index) => dealt(random, card, kinds, index + 1, MANNERS));
}

/** For every kind and victim a create or a drop, for every victim one of each; nobody who would leave it at one try with a key. */
export function planSample(random: SeededRandom, kinds: readonly ResourceKind[]): Try[] {
  const cards = kinds.flatMap((kind) =>
    victimsOf(kind).map((victim) => random.pick(cardsOf(kind).filter((card) => card.victim === victim && card.what !== "abandon"))),
  );
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
      return { ...common, what };
  }
}

function mannerOf(random: SeededRandom, manners: readonly Manner[]): Manner {
  if (!random.chance(KEYED_SHARE)) return "keyless";
  return manners.includes("keyed_once") && random.chance(ONCE_SHARE) ? "keyed_once" : "keyed_retry";
}
