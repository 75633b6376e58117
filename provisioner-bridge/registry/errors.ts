/** Errors of the registry, as opposed to errors of an engine. */
import { codeOf } from "../../contract/causes.ts";
import { Refusal } from "../refusal.ts";
import { isUnavailable } from "../unavailable.ts";

const LOCK_NOT_AVAILABLE = "55P03";

/** The refusal a failed registry statement stands for. */
export function registryRefusal(error: unknown): unknown {
  if (error instanceof Refusal) return error;
  if (codeOf(error) === LOCK_NOT_AVAILABLE) return new Refusal("resource_busy", { cause: error });
  return isUnavailable(error) ? new Refusal("registry_unavailable", { cause: error }) : error;
}
