/** A NATS JetStream queue in an account of its own. */
import { queue } from "../../contract/kinds/queue.ts";
import { onBridge } from "../homes/bridge.ts";
import type { ServedKind } from "./kind.ts";

export const served: ServedKind = { home: onBridge(queue) };
