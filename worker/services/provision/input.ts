/** What a create is asked for and what it answers, for every kind. */
import type { ResourceKind } from "../../../contract/kinds.ts";
import type { FixedResponse } from "../../../contract/webhook-inbox.ts";
import type { RequestContext } from "../../context.ts";
import type { Caller } from "../caller.ts";

export type CreateInput = {
  kind: ResourceKind;
  /** Route pattern, e.g. "POST /db/new": bounds the idempotency key. */
  route: string;
  name: string;
  env: string;
  /** False when the caller named no env; the answer then says so. */
  envWasSent: boolean;
  ignoredFields: string[];
  /** Of a resource that answers requests: what it answers them. Left out: `{ok, id}`. */
  response?: FixedResponse;
  /** What only this kind's answer says, e.g. `dimensions`. */
  extra?: Record<string, unknown>;
  /** Checked against the rules for this actor; null without the header. */
  idempotencyKey: string | null;
  /** The request's body and query in one form that equal requests share. */
  canonicalBody: string;
};

/** One create on its way: who asks, for what. */
export type Creating = { ctx: RequestContext; input: CreateInput; caller: Caller };

/** `bodyText` is the JSON of the 201 answer, byte for byte the same on a replay; `id` and `upgrade` (the claim link) are parts of it. */
export type CreateResult = { bodyText: string; id: string; upgrade: string | null; replayed: boolean };
