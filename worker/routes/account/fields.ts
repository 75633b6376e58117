/** Fields that several routes about accounts read. */
import { z } from "@hono/zod-openapi";
import { emailSchema, teamNameSchema } from "../../../contract/accounts.ts";
import { field, isBlank, isEmpty } from "../field.ts";

/** Paths of this site a sign-in may lead to, and none that a browser could read as another host. */
const RETURN_TO = /^\/(?![/\\])[A-Za-z0-9/_.-]{0,200}$/;

export function isReturnPath(value: string): boolean {
  return RETURN_TO.test(value);
}

export const emailField = field(z.email().openapi({ example: "you@example.com" }), {
  invalid: "invalid_email_format",
  missing: "missing_email",
  absent: isEmpty,
  reads: emailSchema,
});

export const teamNameField = field(z.string().optional().openapi({ description: "The name of a new team." }), {
  invalid: "invalid_team_name",
  absent: isEmpty,
  reads: teamNameSchema.optional(),
});

export const returnToField = field(z.string().optional().openapi({ description: "A path of this site to go to afterwards." }), {
  invalid: "invalid_return_to",
  absent: isEmpty,
  reads: z.string().regex(RETURN_TO).optional(),
});

/** The JWT of a claim in a body: `token`, or `jwt`, its former name. `documented`: how the route describes it. */
export function claimJwtField(documented: z.ZodType) {
  return field(documented, {
    invalid: "missing_token",
    missing: "missing_token",
    absent: isBlank,
    formerly: "jwt",
    reads: z.string().trim(),
  });
}

/** The token of a link, in its query or its form. */
export function linkTokenField(documented: z.ZodType, missing: "missing_token" | "link_unknown") {
  return field(documented, { invalid: missing, missing, absent: isBlank, reads: z.string().trim() });
}

export function ignoredFields(ignored: string[]): { ignored_fields?: string[] } {
  return ignored.length === 0 ? {} : { ignored_fields: ignored };
}
