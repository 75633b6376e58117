/**
 * Admission in the caller's Durable Object: services use it only through this port.
 * The `scope` of a caller (worker/context.ts) is the name of its object.
 */
import type { AdmissionObject } from "../../contract/admission.ts";

export interface AdmissionPort {
  /** The object that admits the callers of this scope. Its methods reject when the object is out of reach. */
  of(scope: string): AdmissionObject;
}
