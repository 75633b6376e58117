/**
 * The actor's Durable Object behind one method each: the only way a service reaches admission.
 * A caller is named by its `scope` (see worker/context.ts); its object lives under that name.
 */
import type { AdmissionObject } from "../../contract/admission.ts";

export interface AdmissionPort {
  /** The object that admits the callers of this scope. Its methods reject when the object is out of reach. */
  of(scope: string): AdmissionObject;
}
