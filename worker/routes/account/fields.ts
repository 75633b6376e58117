/** Fields that several routes about accounts read. */
import { emailSchema, teamNameSchema } from "../../../contract/accounts.ts";
import { ApiError } from "../../errors.ts";
import type { JsonObject } from "../../middleware/json-body.ts";
import { ownValue } from "../provision/request.ts";

/** Paths a sign-in may lead to: our own, and none that a browser could read as another host. */
const RETURN_TO = /^\/(?![/\\])[A-Za-z0-9/_.-]{0,200}$/;

export function isReturnPath(value: string): boolean {
  return RETURN_TO.test(value);
}

/** @throws ApiError `missing_email` or `invalid_email_format` */
export function readEmail(value: unknown): string {
  if (value === undefined || value === null || value === "") throw new ApiError("missing_email");
  const email = emailSchema.safeParse(value);
  if (!email.success) throw new ApiError("invalid_email_format");
  return email.data;
}

/** @throws ApiError `invalid_team_name` */
export function readTeamName(value: unknown): string | null {
  if (value === undefined || value === null || value === "") return null;
  const name = teamNameSchema.safeParse(value);
  if (!name.success) throw new ApiError("invalid_team_name");
  return name.data;
}

/** @throws ApiError `invalid_return_to` */
export function readReturnTo(value: unknown): string | null {
  if (value === undefined || value === null || value === "") return null;
  if (typeof value !== "string" || !isReturnPath(value)) throw new ApiError("invalid_return_to");
  return value;
}

/** `token`, or its older name `jwt`; `token` wins. @throws ApiError `missing_token` */
export function readClaimJwt(body: JsonObject): string {
  const sent = ownValue(body, "token") ?? ownValue(body, "jwt");
  if (typeof sent !== "string" || sent.trim() === "") throw new ApiError("missing_token");
  return sent.trim();
}

export function ignoredFields(body: JsonObject, known: readonly string[]): { ignored_fields?: string[] } {
  const ignored = Object.keys(body).filter((key) => !known.includes(key));
  return ignored.length === 0 ? {} : { ignored_fields: ignored.sort() };
}
