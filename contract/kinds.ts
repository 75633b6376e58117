/** The kinds of resources callers can own: one module a kind, registered here and in `worker/kinds.ts`. */
import { z } from "zod";
import type { EngineName } from "./engines.ts";
import type { Kind } from "./kinds/kind.ts";
import { mongodb } from "./kinds/mongodb.ts";
import { postgres } from "./kinds/postgres.ts";
import { queue } from "./kinds/queue.ts";
import { redis } from "./kinds/redis.ts";
import { storage } from "./kinds/storage.ts";
import { vector } from "./kinds/vector.ts";
import { webhook } from "./kinds/webhook.ts";

/** By the name that `resource_type` shows. Pages and documents list them in this order. */
const ENTRIES = { postgres, vector, redis, mongodb, queue, storage, webhook };

export type ResourceKind = keyof typeof ENTRIES;

type LimitsIn<K> = K extends { limits: { answer: infer A; tenant: infer T } } ? A[keyof A] | T[keyof T] : never;
type CountIn<K> = K extends { limits: { count: infer C } } ? C : never;
type Entry = (typeof ENTRIES)[ResourceKind];
/** Every key of `plans.yaml` that limits one kind. */
export type KindLimit = Extract<LimitsIn<Entry> | CountIn<Entry>, string>;

export const KINDS: Readonly<Record<ResourceKind, Kind<KindLimit>>> = ENTRIES;
export const RESOURCE_KINDS = Object.keys(ENTRIES) as [ResourceKind, ...ResourceKind[]];
export const resourceKindSchema = z.enum(RESOURCE_KINDS);
/** The one that pages show as the example. */
export const [FIRST_KIND] = RESOURCE_KINDS;

export const KIND_LIMITS: readonly KindLimit[] = [
  ...new Set(
    Object.values(KINDS).flatMap(({ limits: { answer, tenant, count } }) => [
      ...Object.values(answer),
      ...Object.values(tenant),
      ...(count === undefined ? [] : [count]),
    ]),
  ),
];

/** One value for each kind. */
export function byKind<T>(of: (kind: ResourceKind) => T): Record<ResourceKind, T> {
  // The keys are all the kinds there are.
  return Object.fromEntries(RESOURCE_KINDS.map((kind) => [kind, of(kind)])) as Record<ResourceKind, T>;
}

/** A kind on this engine. An engine's tenant alone does not tell which of them it is. @throws Error for an engine without a kind */
export function kindOn(engine: EngineName): ResourceKind {
  const kind = RESOURCE_KINDS.find((one) => KINDS[one].home === engine);
  if (kind === undefined) throw new Error(`no kind lives on ${engine}`);
  return kind;
}

/** Whether a client connects to it with an address that its credentials hold. */
export function hasConnectionUrl(kind: ResourceKind): boolean {
  return "connection_url" in KINDS[kind].credentials.shape;
}
