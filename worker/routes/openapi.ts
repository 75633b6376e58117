/** Shared parts of route definitions: the error envelope, its examples, and the common refusals. */
import { type RouteConfig, z } from "@hono/zod-openapi";
import { ERRORS, type ErrorCode, errorEnvelope, errorEnvelopeSchema } from "../../contract/errors.ts";

/** The server of the published document. */
export const DOCUMENTED_URL = "https://api.instanode.dev";
const EXAMPLE_REQUEST_ID = "0b9e6f0c-5d8b-4e0f-9d64-6f3c1f6f2a11";
const EXAMPLE_MAX_BYTES = 65_536;

export const errorSchema = z.object(errorEnvelopeSchema.shape).openapi("ErrorEnvelope", {
  description: "The shape of every error. `error` is a stable code; `agent_action` says what to do next.",
});

/** Errors of every operation, written once in the document and referred to. */
const ALWAYS = { 429: "rate_limited", 500: "internal_error" } as const satisfies Record<number, ErrorCode>;

function exampleOf(code: ErrorCode) {
  const context = { publicUrl: DOCUMENTED_URL, maxBytes: EXAMPLE_MAX_BYTES, allow: "GET, HEAD, OPTIONS" };
  return {
    value: errorEnvelope(code, context, {
      requestId: EXAMPLE_REQUEST_ID,
      ...(code === "unauthorized" ? { errorCode: "malformed_token" as const } : {}),
    }),
  };
}

function describe(codes: readonly ErrorCode[]) {
  return {
    description: codes.map((code) => `\`${code}\``).join(", "),
    examples: Object.fromEntries(codes.map((code) => [code, exampleOf(code)])),
  };
}

/**
 * The error answers of a route, one entry for each status. Typed as empty: a handler throws an ApiError
 * and never returns one of these, so the compiler checks its returns against the successes only.
 */
export function refusals(...codes: ErrorCode[]): Record<never, never> {
  const everywhere = Object.fromEntries(
    Object.entries(ALWAYS).map(([status, code]) => [status, { $ref: `#/components/responses/${code}` }]),
  );
  const own = Object.entries(Object.groupBy(codes, (code) => ERRORS[code].status)).map(([status, ofStatus]) => {
    const alike = Object.entries(ALWAYS).flatMap(([always, code]) => (always === status ? [code] : []));
    const { description, examples } = describe([...ofStatus, ...alike]);
    return [status, { description, content: { "application/json": { schema: errorSchema, examples } } }] as const;
  });
  return { ...everywhere, ...Object.fromEntries(own) };
}

/** One status of `refusals`. */
const refusalSchema = z.object({
  description: z.string(),
  content: z.object({ "application/json": z.object({ schema: z.custom<z.ZodType>(), examples: z.record(z.string(), z.unknown()) }) }),
});

/** The responses of a route with one more refusal. */
export function withRefusal(responses: RouteConfig["responses"], code: ErrorCode): RouteConfig["responses"] {
  const status = ERRORS[code].status;
  const known = refusalSchema.safeParse(responses[status]).data;
  const { description, examples } = describe([code]);
  const content = known?.content["application/json"] ?? { schema: errorSchema, examples: {} };
  return {
    ...responses,
    [status]: {
      description: known === undefined ? description : `${known.description}, ${description}`,
      content: { "application/json": { schema: content.schema, examples: { ...content.examples, ...examples } } },
    },
  };
}

/** The refusals of a page, which are pages, too. */
export function pageRefusals(...codes: ErrorCode[]): Record<never, never> {
  const all = [...Object.values(ALWAYS), ...codes];
  return Object.fromEntries(
    Object.entries(Object.groupBy(all, (code) => ERRORS[code].status)).map(([status, ofStatus]) => [
      status,
      html(ofStatus.map((code) => `\`${code}\``).join(", ")),
    ]),
  );
}

/** The target of the references in `refusals`, for `components.responses`. */
export const COMMON_RESPONSES = Object.values(ALWAYS).map((code) => {
  const { description, examples } = describe([code]);
  return {
    name: code,
    response: { description, content: { "application/json": { schema: { $ref: "#/components/schemas/ErrorEnvelope" }, examples } } },
  };
});

/** The request of a form that a browser posts. */
export function form<T extends z.ZodType>(schema: T) {
  return { body: { required: true, content: { "application/x-www-form-urlencoded": { schema } } } };
}

/** A success that is a page. */
export function html(description: string) {
  return { description, content: { "text/html": { schema: z.string() } } };
}

/** A success with a JSON body. */
export function json<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { "application/json": { schema } } };
}
