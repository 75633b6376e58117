/** Which error a field of a request gives. The field's schema documents it, and is what a request is checked against. */
import type { z } from "@hono/zod-openapi";
import { ERRORS, type ErrorCode } from "../../contract/errors.ts";

export type FieldRules<V extends z.ZodType = z.ZodType> = {
  /** The error when the value does not fit. A check that gives a code as its `error` overrides it for that check. */
  invalid: ErrorCode;
  /** The error when the field is not sent. Left out: its schema decides. */
  missing?: ErrorCode;
  /** What counts as not sent besides null. */
  absent?: (value: unknown) => boolean;
  /** A field that is read when this one is not sent: its former name. */
  formerly?: string;
  /** Completes the message: `"<name>" must …`. */
  must?: string;
  /** The message is what the failed check gives as its `error`. */
  explains?: boolean;
  /** Checks the value where the document deliberately says less than the check does. */
  reads?: V;
};

const rules = new WeakMap<z.ZodType, FieldRules>();

/**
 * Put it outermost: the rules belong to this very schema.
 * The cast: what a request yields for the field is the output of `reads` where that is given, and of `schema` otherwise.
 */
export function field<S extends z.ZodType, V extends z.ZodType = S>(schema: S, options: FieldRules<V>): V {
  rules.set(schema, options);
  return schema as unknown as V;
}

/** A query parameter: every refusal is `invalid_query` with the name of the parameter. */
export function parameter<S extends z.ZodType, V extends z.ZodType = S>(schema: S, must: string, reads?: V): V {
  return field<S, V>(schema, { invalid: "invalid_query", must, ...(reads === undefined ? {} : { reads }) });
}

export function rulesOf(schema: z.ZodType): FieldRules | undefined {
  return rules.get(schema);
}

export const isNotSent = (value: unknown): boolean => value === undefined || value === null;
export const isEmpty = (value: unknown): boolean => value === "";
export const isBlank = (value: unknown): boolean => typeof value === "string" && value.trim() === "";

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}
