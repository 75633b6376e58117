/** Input and result of a create, for every kind. */
import type { ResourceKind } from "../../../contract/kinds.ts";
import type { FixedResponse } from "../../../contract/webhook-inbox.ts";
import type { RequestContext } from "../../context.ts";
import type { Caller } from "../caller.ts";

export type CreateInput = {
  kind: ResourceKind;
  /** Route pattern, e.g. "POST /db/new". An Idempotency-Key is valid for one route. */
  route: string;
  name: string;
  env: string;
  /** False when the request has no env; the answer then includes `env_override_reason`. */
  envWasSent: boolean;
  ignoredFields: string[];
  /** The fixed response of a resource that answers requests. Default: `{ok, id}`. */
  response?: FixedResponse;
  /** Fields that only this kind's answer has, e.g. `dimensions`. */
  extra?: Record<string, unknown>;
  /** Already validated for this actor; null without the header. */
  idempotencyKey: string | null;
  /** Canonical form of the request's body and query: equal requests have equal forms. */
  canonicalBody: string;
};

/** A create in progress. */
export type Creating = { ctx: RequestContext; input: CreateInput; caller: Caller };

/** `bodyText` is the JSON of the 201 answer, byte for byte the same on a replay; `id` and `upgrade` (the claim link) are parts of it. */
export type CreateResult = { bodyText: string; id: string; upgrade: string | null; replayed: boolean };
