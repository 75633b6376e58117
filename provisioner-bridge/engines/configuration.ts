/** What the engines' configurations have in common: how a variable holds JSON, and the fields of a server's entry. */
import { z } from "zod";

export const SECRET_BYTES = 32;
const PORT_MAX = 65_535;

export const portSchema = z.coerce.number().int().min(0).max(PORT_MAX);

/** Parses a variable that holds JSON. A complaint never quotes its text. */
export function json<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: "custom", message: "is not JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

/** 32 bytes in base64url. */
export const keySchema = z
  .base64url()
  .transform((text) => Buffer.from(text, "base64url"))
  .refine((bytes) => bytes.length === SECRET_BYTES, `must be ${SECRET_BYTES} bytes`);

export function hasUniqueIds(values: readonly { id: string }[]): boolean {
  return new Set(values.map((value) => value.id)).size === values.length;
}

/** The servers of one engine as a JSON list; none when the variable is absent. */
export function servers<T extends z.ZodType<{ id: string }>>(server: T) {
  return json(z.array(server).refine(hasUniqueIds, "ids must differ")).prefault("[]");
}

/** Every entry of a server: its id, and where tenants reach it from outside and from inside the cluster. */
export const serverFields = {
  id: z.string().regex(/^[a-z0-9-]{1,32}$/),
  public_host: z.string().min(1),
  public_port: portSchema,
  internal_host: z.string().min(1),
  internal_port: portSchema,
};

/** How often each connection may be promised: tenants rarely use all of theirs at once. */
export const oversubscriptionSchema = z.number().min(1);
/** Below this share of free disk a server takes no new tenant. */
export const diskFreeMinPercentSchema = z.number().min(0).max(100).default(10);

/** PostgreSQL's default of `superuser_reserved_connections`: a full server still admits this many connections of the bridge. */
const ADMIN_CONNECTIONS_DEFAULT = 3;
/** Connections that are not promised to tenants, so that a readiness check always finds one. */
const READINESS_RESERVE_DEFAULT = 5;

/** The connections the bridge itself uses on a server. */
export const connectionFields = {
  admin_connections: z.number().int().min(1).default(ADMIN_CONNECTIONS_DEFAULT),
  readiness_reserve: z.number().int().min(1).default(READINESS_RESERVE_DEFAULT),
};
