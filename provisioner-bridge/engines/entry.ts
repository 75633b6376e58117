/** An engine's registration: everything the rest of the bridge must know of it before it is made. `all.ts` lists the entries. */
import type { z } from "zod";
import type { EngineName } from "../../contract/engines.ts";
import type { EngineDeps } from "./deps.ts";
import type { Engine } from "./engine.ts";

export type MakeEngine = (deps: EngineDeps) => Engine;

export type EngineEntry = {
  readonly name: EngineName;
  /** Its variables (a Zod object of them), parsed to the function that makes the engine. Complaints name the variable. */
  readonly configuration: z.ZodType<MakeEngine>;
  /** After the steps of its create and its drop, in order: where a test may hold the bridge, kill it, or make it fail. */
  readonly points: { readonly create: readonly string[]; readonly drop: readonly string[] };
  /** Its tenants may be made in advance: BRIDGE_POOLS may name it, and the engine has `pooling`. Which and why: docs/pools.md. */
  readonly isPooled: boolean;
};
