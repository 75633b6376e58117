/** Every field any answer of the published document has, as somebody would send it back who hopes that it is taken. */
import { type OpenApiDocument, type Operation, operationsOf } from "./openapi.ts";

const JSON_TYPE = "application/json";

type Schema = { $ref?: string; type?: unknown; properties?: Record<string, Schema>; items?: Schema; enum?: unknown[] } & Record<
  "allOf" | "anyOf" | "oneOf",
  Schema[] | undefined
>;
/** Guarantee: the document is a valid one (test/e2e/openapi.test.ts), so a schema of it is one. */
const asSchema = (value: unknown): Schema => (value ?? {}) as Schema;

/** The fields of every success, nested ones too, each once. */
function responseFields(document: OpenApiDocument): Map<string, Schema> {
  const schemas = operationsOf(document).flatMap(({ responses }) =>
    Object.entries(responses).flatMap(([status, { content }]) => (status.startsWith("2") ? [content?.[JSON_TYPE]?.schema] : [])),
  );
  return fieldsOf(document, schemas);
}

/** The fields a route says that it takes. */
export function requestFields(document: OpenApiDocument, { requestBody }: Operation): string[] {
  return [...fieldsOf(document, [requestBody?.content[JSON_TYPE]?.schema]).keys()];
}

function fieldsOf(document: OpenApiDocument, schemas: readonly unknown[]): Map<string, Schema> {
  const fields = new Map<string, Schema>();
  const seen = new Set<string>();
  const collect = (schema: Schema): void => {
    for (const [name, inner] of Object.entries(schema.properties ?? {})) {
      fields.set(name, inner);
      collect(inner);
    }
    for (const inner of partsOf(schema)) collect(inner);
    const name = schema.$ref?.slice(schema.$ref.lastIndexOf("/") + 1);
    if (name === undefined || seen.has(name)) return;
    seen.add(name);
    collect(asSchema(document.components.schemas[name]));
  };
  for (const schema of schemas) collect(asSchema(schema));
  return fields;
}

function partsOf({ items, allOf = [], anyOf = [], oneOf = [] }: Schema): Schema[] {
  return [...(items === undefined ? [] : [items]), ...allOf, ...anyOf, ...oneOf];
}

/** Field by field what another's answers held; else what its schema allows and ours would never be. */
export function hostileFields(document: OpenApiDocument, othersAnswers: readonly unknown[]): Record<string, unknown> {
  const harvested = new Map<string, unknown>();
  const harvest = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (!Array.isArray(value) && typeof inner !== "object") harvested.set(name, inner);
      harvest(inner);
    }
  };
  for (const answer of othersAnswers) harvest(answer);
  const fields = [...responseFields(document)].map(([name, schema]) => [name, UNLIKE_OURS[name] ?? harvested.get(name) ?? madeUp(schema)]);
  return Object.fromEntries(fields);
}

/** Where a stranger's own value is what everybody has. */
const UNLIKE_OURS: Record<string, unknown> = {
  tier: "team",
  plan_tier: "team",
  status: "dropped",
  expires_at: "2099-01-01T00:00:00Z",
  created_at: "2000-01-01T00:00:00Z",
  storage_limit_bytes: -1,
  connections_limit: -1,
  access: "none",
  provisional: true,
  revoked: false,
};
const A_LARGE_NUMBER = 1_000_000;

function madeUp(schema: Schema): unknown {
  if (schema.enum !== undefined) return schema.enum.at(-1);
  const types = [schema.type].flat();
  if (types.includes("boolean")) return true;
  if (types.includes("integer") || types.includes("number")) return A_LARGE_NUMBER;
  if (types.includes("array")) return ["admin"];
  if (types.includes("object")) return { admin: true };
  return "admin";
}
