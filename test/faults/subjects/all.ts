/** Every kind and every engine the campaign covers. */

import type { EngineName } from "../../../contract/engines.ts";
import type { ResourceKind } from "../../../contract/kinds.ts";
import { engineOf } from "../../support/engine-of.ts";
import { mongodbEngine, mongodbKinds } from "./mongodb.ts";
import { natsEngine, natsKinds } from "./nats.ts";
import { postgresEngine, postgresKinds } from "./postgres.ts";
import { redisEngine, redisKind } from "./redis.ts";
import { s3Engine, storageKind } from "./s3.ts";
import type { EngineSubject, KindSubject } from "./subject.ts";
import { webhookKind } from "./webhook.ts";

export const KIND_SUBJECTS: readonly KindSubject[] = [...postgresKinds, redisKind, ...mongodbKinds, ...natsKinds, storageKind, webhookKind];
export const ENGINE_SUBJECTS: readonly EngineSubject[] = [postgresEngine, redisEngine, mongodbEngine, natsEngine, s3Engine];

/** @throws when the campaign does not cover it */
export function kindSubject(kind: ResourceKind): KindSubject {
  const subject = KIND_SUBJECTS.find((one) => one.kind === kind);
  if (subject === undefined) throw new Error(`the campaign does not know ${kind}`);
  return subject;
}

/** @throws when the campaign does not cover it */
export function engineSubject(engine: EngineName): EngineSubject {
  const subject = ENGINE_SUBJECTS.find((one) => one.engine === engine);
  if (subject === undefined) throw new Error(`the campaign does not know ${engine}`);
  return subject;
}

export const KINDS_COVERED: readonly ResourceKind[] = KIND_SUBJECTS.map(({ kind }) => kind);

/** The engines these kinds need. */
export function enginesOf(kinds: readonly ResourceKind[]): EngineName[] {
  return [...new Set(kinds.flatMap((kind) => engineOf(kind) ?? []))];
}
