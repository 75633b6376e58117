/** The verbs of one server, whatever its mode: what the engine hands a job to. */
import type { Log } from "../../log.ts";
import type { Engine, ServerCapacity } from "../engine.ts";
import { UnfitServer } from "../unfit.ts";

/** A method of the engine without its first argument, the name of the server. */
type OfOneServer<Method> = Method extends (server: string, ...rest: infer Rest) => infer Result ? (...rest: Rest) => Result : never;
type Verb = "prepare" | "grant" | "create" | "drop" | "rotate" | "limit" | "measure" | "list" | "ping";

export type Member = { [V in Verb]: OfOneServer<Engine[V]> } & { capacity(): Promise<ServerCapacity>; close(): Promise<void> };

/** Runs `prepare` once; a failed try is forgotten, so that the next job tries again. */
export function prepareOnce(prepare: () => Promise<void>, log: Log): () => Promise<void> {
  let ready: Promise<void> | undefined;
  return () => {
    ready ??= prepare().catch((err: unknown) => {
      ready = undefined;
      log.error({ err }, err instanceof UnfitServer ? "a tenants' server is not fit" : "a tenants' server could not be prepared");
      throw err;
    });
    return ready;
  };
}
