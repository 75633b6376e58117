/** What the campaign must know of a kind and of the engine behind it, to try it and to look for what is left. */
import type { EngineName } from "../../../contract/engines.ts";
import type { ResourceKind } from "../../../contract/kinds.ts";

/** The credentials as an answer shows them. */
export type Credentials = Readonly<Record<string, unknown>>;

export type KindSubject = {
  kind: ResourceKind;
  /** Uses them as an ordinary client would, and writes something. @throws when it cannot */
  use(credentials: Credentials): Promise<void>;
  /** For a kind without an engine, where no inventory shows what is left: whether what was dropped is refused for good. */
  isGone?(credentials: Credentials): Promise<boolean>;
};

/** One thing on a server, e.g. the role of a tenant. */
export type Part = { name: string; part: string };

export type EngineSubject = {
  engine: EngineName;
  /** What a whole tenant consists of. */
  parts: readonly string[];
  /** All there is on the server, marked as ours or not, but for its own and the platform's. */
  inventory(adminUrl: string): Promise<Part[]>;
};

/** A credential that must be a text. */
export function textOf(credentials: Credentials, name: string): string {
  const value = credentials[name];
  if (typeof value !== "string") throw new Error(`the credentials have no ${name}`);
  return value;
}
