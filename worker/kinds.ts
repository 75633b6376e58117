/** The Worker's side of every kind; what both sides know is in `contract/kinds.ts`. */
import type { ResourceKind } from "../contract/kinds.ts";
import type { Home } from "./homes/home.ts";
import type { ServedKind } from "./kinds/kind.ts";
import { served as mongodb } from "./kinds/mongodb.ts";
import { served as postgres } from "./kinds/postgres.ts";
import { served as queue } from "./kinds/queue.ts";
import { served as redis } from "./kinds/redis.ts";
import { served as storage } from "./kinds/storage.ts";
import { served as vector } from "./kinds/vector.ts";
import { served as webhook } from "./kinds/webhook.ts";

export const SERVED_KINDS: Readonly<Record<ResourceKind, ServedKind>> = { postgres, vector, redis, mongodb, queue, storage, webhook };

export function homeOf(kind: ResourceKind): Home {
  return SERVED_KINDS[kind].home;
}
