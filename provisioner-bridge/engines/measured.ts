/** What one look at a whole server has found. */
import type { EngineName } from "../../contract/engines.ts";

/** Bytes above an empty tenant's own, by engine-side name; a name that is not in it stores nothing. */
export type Measured = { engine: EngineName; server: string; sizes: ReadonlyMap<string, number> };
