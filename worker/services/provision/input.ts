/** What a create is asked for and what it answers, whatever the kind. */
import type { ResourceKind } from "../../../contract/names.ts";
import type { FixedResponse } from "../../../contract/webhook-inbox.ts";

export type CreateInput = {
  kind: ResourceKind;
  /** Route pattern, e.g. "POST /db/new": bounds the idempotency key. */
  route: string;
  name: string;
  env: string;
  /** False when the caller named no env; the answer then says so. */
  envWasSent: boolean;
  ignoredFields: string[];
  /** What a webhook inbox answers its senders; left out: `{ok, id}`. */
  response?: FixedResponse;
  /** What only this kind's answer says, e.g. `dimensions`. */
  extra?: Record<string, unknown>;
  /** Checked against the rules for this actor; null without the header. */
  idempotencyKey: string | null;
  /** The request's body and query in one form that equal requests share. */
  canonicalBody: string;
};

/** `bodyText` is the JSON of the 201 answer, byte for byte the same on a replay. */
export type CreateResult = { bodyText: string; replayed: boolean };
