/** The verbs of one server, in either mode: the engine passes a job to them. */
import type { Log } from "../../log.ts";
import type { Engine, Pooling, ServerCapacity } from "../engine.ts";

/** A method of the engine without its first argument, the name of the server. */
type OfOneServer<Method> = Method extends (server: string, ...rest: infer Rest) => infer Result ? (...rest: Rest) => Result : never;
type Verb = "prepare" | "grant" | "create" | "drop" | "rotate" | "limit" | "measure" | "list";

export type Member = { [V in Verb]: OfOneServer<Engine[V]> } & {
  readonly log: Log;
  readonly prove: OfOneServer<Pooling["prove"]>;
  /** What may have changed since `prepare`. */
  keepPrepared(): Promise<void>;
  capacity(): Promise<ServerCapacity>;
  close(): Promise<void>;
};
