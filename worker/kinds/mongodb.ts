/** A MongoDB database with a user of its own. */
import { mongodb } from "../../contract/kinds/mongodb.ts";
import { onBridge } from "../homes/bridge.ts";
import type { ServedKind } from "./kind.ts";

export const served: ServedKind = { home: onBridge(mongodb) };
