/** A Redis user with a key prefix of its own. */
import { redis } from "../../contract/kinds/redis.ts";
import { onBridge } from "../homes/bridge.ts";
import type { ServedKind } from "./kind.ts";

export const served: ServedKind = { home: onBridge(redis) };
