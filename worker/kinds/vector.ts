/** A Postgres database for embeddings. */
import { vector } from "../../contract/kinds/vector.ts";
import { onBridge } from "../homes/bridge.ts";
import type { ServedKind } from "./kind.ts";

export const served: ServedKind = { home: onBridge(vector) };
