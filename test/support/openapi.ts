/** The published OpenAPI document, as a client's tools would read it. */
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { z } from "zod";

const mediaSchema = z.object({
  schema: z.record(z.string(), z.unknown()).optional(),
  example: z.unknown().optional(),
  examples: z.record(z.string(), z.object({ value: z.unknown() })).optional(),
});
const contentSchema = z.record(z.string(), mediaSchema);
const operationSchema = z.object({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  requestBody: z.object({ content: contentSchema }).optional(),
  responses: z.record(z.string(), z.object({ content: contentSchema.optional() })),
});
export const documentSchema = z.object({
  openapi: z.string(),
  paths: z.record(
    z.string(),
    z.record(z.enum(["get", "post", "put", "patch", "delete"]), operationSchema).or(z.record(z.string(), operationSchema)),
  ),
  components: z.object({
    schemas: z.record(z.string(), z.record(z.string(), z.unknown())),
    securitySchemes: z.object({ bearerAuth: z.object({ type: z.literal("http"), scheme: z.literal("bearer"), description: z.string() }) }),
  }),
});
export type OpenApiDocument = z.infer<typeof documentSchema>;

export type Operation = { method: string; path: string } & z.infer<typeof operationSchema>;

export function operationsOf({ paths }: OpenApiDocument): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
  );
}

/** What the OpenAPI 3.1 schema itself says against the document; nothing when it is valid. */
export async function complaintsAbout(document: Record<string, unknown>): Promise<unknown> {
  const { valid, errors } = await new Validator().validate(document);
  return valid ? null : errors;
}

/** A validator of the document's own schemas; `$ref`s into it resolve. */
export function schemaChecker(document: OpenApiDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, "openapi.json");
  const absolute = (schema: unknown): unknown =>
    JSON.parse(JSON.stringify(schema), (key, value: unknown) => (key === "$ref" ? `openapi.json${String(value)}` : value));
  return (schema: unknown, value: unknown): string | null => {
    const check = ajv.compile(z.record(z.string(), z.unknown()).parse(absolute(schema)));
    return check(value) ? null : ajv.errorsText(check.errors);
  };
}

/** Every example of the document beside the schema it must fit. */
export function examplesOf(document: OpenApiDocument): { where: string; schema: unknown; value: unknown }[] {
  const ofOperations = operationsOf(document).flatMap((operation) =>
    [operation.requestBody, ...Object.values(operation.responses)]
      .flatMap((part) => Object.values(part?.content ?? {}))
      .flatMap(({ schema, example, examples }) => {
        const values = [...(example === undefined ? [] : [example]), ...Object.values(examples ?? {}).map(({ value }) => value)];
        return values.map((value) => ({ where: operation.operationId, schema: schema ?? {}, value }));
      }),
  );
  const ofComponents = Object.entries(document.components.schemas).flatMap(([name, schema]) => examplesIn(name, schema));
  return [...ofOperations, ...ofComponents];
}

/** Schemas carry examples of their own, also those of single properties. */
function examplesIn(where: string, schema: unknown): { where: string; schema: unknown; value: unknown }[] {
  if (typeof schema !== "object" || schema === null) return [];
  const own = "example" in schema ? [{ where, schema, value: schema.example }] : [];
  const properties = "properties" in schema ? Object.entries(schema.properties ?? {}) : [];
  return [...own, ...properties.flatMap(([name, inner]) => examplesIn(`${where}.${name}`, inner))];
}
