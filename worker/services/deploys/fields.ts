/** The fields of a deploy's form, checked in the order in which refusals are reported. Pure. */
import {
  ALLOWED_IPS_MAX,
  PORT_MAX,
  PORT_MIN,
  VARIABLE_NAME_PATTERN,
  VARIABLES_MAX_BYTES,
  type Variables,
} from "../../../contract/deploys.ts";
import { ENV_DEFAULT, ENV_PATTERN, nameSchema, UUID_PATTERN } from "../../../contract/names.ts";
import type { Config } from "../../env.ts";
import { ApiError } from "../../errors.ts";
import { publicTarget } from "../webhooks/target.ts";
import { parseAddress } from "./addresses.ts";

const FIELDS = [
  "name",
  "port",
  "env",
  "env_vars",
  "resource_bindings",
  "redeploy",
  "ttl_policy",
  "private",
  "allowed_ips",
  "notify_webhook",
  "notify_webhook_secret",
] as const;
type Field = (typeof FIELDS)[number];

const BINDINGS_MAX = 32;
const SECRET_MAX_CHARACTERS = 256;
/** Set by the platform. */
const OWN_VARIABLE = "PORT";

export type Notify = { url: string; secret: string | null };

/** Null: not sent. */
export type DeployFields = {
  name: string;
  environment: string;
  isRedeploy: boolean;
  port: number | null;
  variables: Variables | null;
  /** A variable's name → a resource's token. Secret. */
  bindings: Record<string, string> | null;
  ttlPolicy: "permanent" | "auto_24h" | null;
  isPrivate: boolean | null;
  allowedIps: string[] | null;
  notify: Notify | null;
};

/** @throws ApiError with the code of the first field that is not valid */
export function readDeployFields(sent: Readonly<Record<string, string>>, config: Config): DeployFields {
  const unknown = Object.keys(sent).find((name) => !(FIELDS as readonly string[]).includes(name));
  if (unknown !== undefined) throw new ApiError("unsupported_field", { detail: plainWord(unknown) });
  // An empty field is a field left out: forms send every field they have.
  const of = (field: Field): string | null => (Object.hasOwn(sent, field) ? sent[field] || null : null);
  const name = of("name")?.trim();
  if (!name) throw new ApiError("name_required");
  if (!nameSchema.safeParse(name).success) throw new ApiError("invalid_name");
  return {
    name,
    port: readPort(of("port")),
    environment: readEnvironment(of("env")),
    variables: readVariables(readJson(of("env_vars"), "invalid_env_vars")),
    bindings: readBindings(readJson(of("resource_bindings"), "invalid_resource_binding")),
    isRedeploy: readBoolean(of("redeploy"), "redeploy") ?? false,
    ttlPolicy: readTtlPolicy(of("ttl_policy")),
    isPrivate: readBoolean(of("private"), "private"),
    allowedIps: readAllowedIps(of("allowed_ips")?.split(",") ?? null),
    notify: readNotify(of("notify_webhook"), of("notify_webhook_secret"), config),
  };
}

/** What a caller sent may stand in a message only when it is one plain word. */
function plainWord(text: string): string | undefined {
  return /^[A-Za-z0-9_.-]{1,64}$/.test(text) ? `"${text}"` : undefined;
}

function readPort(text: string | null): number | null {
  if (text === null) return null;
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(port >= PORT_MIN && port <= PORT_MAX)) throw new ApiError("invalid_port");
  return port;
}

function readEnvironment(text: string | null): string {
  if (text !== null && !ENV_PATTERN.test(text)) throw new ApiError("invalid_env");
  return text ?? ENV_DEFAULT;
}

function readJson(text: string | null, code: "invalid_env_vars" | "invalid_resource_binding"): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError(code, { cause });
  }
}

/** @throws ApiError `invalid_env_vars`, `invalid_env_key`, `env_too_large` */
export function readVariables(value: unknown): Variables | null {
  if (value === null) return null;
  if (typeof value !== "object" || Array.isArray(value)) throw new ApiError("invalid_env_vars");
  for (const [name, text] of Object.entries(value)) {
    requireVariableName(name);
    if (typeof text !== "string" || text.includes("\0")) throw new ApiError("invalid_env_vars");
  }
  // Every value was checked to be a text.
  const variables = value as Variables;
  requireSmall(variables);
  return variables;
}

/** @throws ApiError `env_too_large` */
export function requireSmall(variables: Variables): void {
  if (new TextEncoder().encode(JSON.stringify(variables)).byteLength > VARIABLES_MAX_BYTES) throw new ApiError("env_too_large");
}

function requireVariableName(name: string): void {
  if (!VARIABLE_NAME_PATTERN.test(name) || name === OWN_VARIABLE) throw new ApiError("invalid_env_key", { detail: plainWord(name) });
}

function readBindings(value: unknown): Record<string, string> | null {
  if (value === null) return null;
  if (typeof value !== "object" || Array.isArray(value)) throw new ApiError("invalid_resource_binding");
  const entries = Object.entries(value);
  if (entries.length > BINDINGS_MAX) throw new ApiError("invalid_resource_binding");
  for (const [name, token] of entries) {
    requireVariableName(name);
    if (typeof token !== "string" || !UUID_PATTERN.test(token)) throw new ApiError("invalid_resource_binding");
  }
  // Every value was checked to be a text.
  return value as Record<string, string>;
}

function readBoolean(text: string | null, name: Field): boolean | null {
  if (text === null) return null;
  if (["true", "1", "yes", "on"].includes(text.toLowerCase())) return true;
  if (["false", "0", "no", "off"].includes(text.toLowerCase())) return false;
  throw new ApiError("type_mismatch", { detail: `"${name}" must be true or false` });
}

function readTtlPolicy(text: string | null): "permanent" | "auto_24h" | null {
  if (text === null || text === "permanent" || text === "auto_24h") return text;
  throw new ApiError("invalid_ttl_policy");
}

/** @returns the entries in their usual notation @throws ApiError `too_many_allowed_ips`, `invalid_allowed_ip` */
export function readAllowedIps(entries: readonly unknown[] | null): string[] | null {
  if (entries === null) return null;
  if (entries.length > ALLOWED_IPS_MAX) throw new ApiError("too_many_allowed_ips");
  return entries.map((entry, index) => {
    const address = typeof entry === "string" ? parseAddress(entry.trim()) : null;
    if (address === null) throw new ApiError("invalid_allowed_ip", { detail: `Entry ${index + 1}` });
    return address;
  });
}

function readNotify(url: string | null, secret: string | null, config: Config): Notify | null {
  if (url === null && secret === null) return null;
  if (secret !== null && secret.length > SECRET_MAX_CHARACTERS)
    throw new ApiError("invalid_notify_webhook", { detail: "has a secret longer than 256 characters" });
  return { url: publicTarget(url, { config, protocols: ["https:"], code: "invalid_notify_webhook" }), secret };
}
