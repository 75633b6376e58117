/** A Postgres database of its own, with pgvector. */
import { postgres } from "../../contract/kinds/postgres.ts";
import { onBridge } from "../homes/bridge.ts";
import type { ServedKind } from "./kind.ts";

export const served: ServedKind = { home: onBridge(postgres) };
