/** The parts of a request, checked against the schemas of its route definition. */
import type { RouteConfig, z } from "@hono/zod-openapi";
import type { ErrorCode } from "../../contract/errors.ts";
import { ApiError } from "../errors.ts";
import type { AppContext } from "../http.ts";
import { readForm } from "../middleware/form-body.ts";
import { type JsonObject, readJsonObject } from "../middleware/json-body.ts";
import { type FieldRules, isErrorCode, isNotSent, rulesOf } from "./field.ts";

type RequestOf<R> = R extends { request: infer Q } ? Q : unknown;
type PartOf<R, Name extends string> = RequestOf<R> extends Record<Name, infer S extends z.ZodType> ? z.output<S> : Record<never, never>;
type ContentOf<R> = RequestOf<R> extends { body: { content: infer C } } ? C[keyof C] : never;
type FieldsOf<R> = ContentOf<R> extends { schema: infer S extends z.ZodType } ? z.output<S> : Record<never, never>;

export type Body<Fields> = {
  fields: Fields;
  /** The keys the route does not know, sorted. */
  ignored: string[];
  /** The body as it was sent; for a form its known fields. */
  sent: JsonObject;
};

/** Each part is checked when the handler asks for it: of several things that are wrong, the one asked for first is reported. */
export type Input<R> = {
  params(): PartOf<R, "params">;
  query(): PartOf<R, "query">;
  headers(): PartOf<R, "headers">;
  /** @param instead fields that take the place of the body's own, which are then not looked at */
  body(instead?: JsonObject): Promise<Body<FieldsOf<R>>>;
};

const FORM = "application/x-www-form-urlencoded";

/** Fields without rules of their own are refused with these. */
const FIELD_DEFAULTS = {
  params: { invalid: "not_found" },
  query: { invalid: "invalid_query" },
  headers: { invalid: "type_mismatch" },
  body: { invalid: "type_mismatch" },
} as const satisfies Record<string, { invalid: ErrorCode }>;
type Part = keyof typeof FIELD_DEFAULTS;

/** Every method throws ApiError with the code of the first field, in the order of its schema, that is not valid. */
export function inputOf<R extends RouteConfig>(c: AppContext, { request = {} }: R): Input<R> {
  const read = (part: Part, schema: unknown, sentAs: (name: string) => unknown) => fieldsOf(part, shapeOf(schema), sentAs);
  const input: Input<RouteConfig> = {
    params: () => read("params", request.params, (name) => c.req.param(name) ?? ""),
    query: () => read("query", request.query, (name) => c.req.query(name)),
    headers: () => read("headers", request.headers, (name) => c.req.header(name)),
    body: async (instead = {}) => {
      const { content = {} } = request.body ?? {};
      const [type = "", media] = Object.entries(content)[0] ?? [];
      const shape = shapeOf(media && "schema" in media ? media.schema : undefined);
      const sent = type === FORM ? formFields(await readForm(c.req.raw), shape) : await readJsonObject(c.req.raw);
      const sentAs = (name: string) => ownValue(instead, name) ?? ownValue(sent, name);
      const ignored = Object.keys(sent).filter((name) => !Object.hasOwn(shape, name));
      return { fields: fieldsOf("body", shape, sentAs), ignored: ignored.sort(), sent };
    },
  };
  // The cast: what each part yields is the output of the route's own schemas, which is what `Input<R>` says.
  return input as Input<R>;
}

type Shape = Readonly<Record<string, z.ZodType>>;

/** Route definitions describe each part as one object. */
function shapeOf(schema: unknown): Shape {
  return typeof schema === "object" && schema !== null && "shape" in schema ? (schema.shape as Shape) : {};
}

function fieldsOf(part: Part, shape: Shape, sentAs: (name: string) => unknown): JsonObject {
  return Object.fromEntries(
    Object.entries(shape).flatMap(([name, schema]) => {
      const rules = rulesOf(schema) ?? FIELD_DEFAULTS[part];
      const value = fieldOf({ name, schema, rules, sentAs });
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

type Reading = { name: string; schema: z.ZodType; rules: FieldRules; sentAs: (name: string) => unknown };

/** A field set to null is a field left out. */
function fieldOf({ name, schema, rules, sentAs }: Reading): unknown {
  const { missing, absent = isNotSent, formerly, reads = schema } = rules;
  const own = sentAs(name);
  const value = isNotSent(own) && formerly !== undefined ? sentAs(formerly) : own;
  const isAbsent = isNotSent(value) || absent(value);
  if (isAbsent && missing !== undefined) throw new ApiError(missing);
  const parsed = reads.safeParse(isAbsent ? undefined : value);
  if (!parsed.success) throw refusalOf(name, rules, parsed.error.issues[0]?.message ?? "");
  return parsed.data;
}

function refusalOf(name: string, { invalid, must, explains }: FieldRules, message: string): ApiError {
  if (isErrorCode(message)) return new ApiError(message);
  if (explains) return new ApiError(invalid, { detail: message });
  return must === undefined ? new ApiError(invalid) : new ApiError(invalid, { detail: `"${name}" ${must}` });
}

function formFields(form: URLSearchParams, shape: Shape): JsonObject {
  return Object.fromEntries(Object.keys(shape).map((name) => [name, form.get(name)]));
}

/** Only what the caller wrote: `{}` has no "constructor". */
function ownValue(body: JsonObject, key: string): unknown {
  return Object.hasOwn(body, key) ? body[key] : undefined;
}
