/** An engine's registration on a developer's machine: what the local stack must know of its server before that is made. */
import { randomBytes } from "node:crypto";
import type { EngineName } from "../contract/engines.ts";
import type { DataPaths } from "./paths.ts";
import type { Surroundings } from "./process/process-service.ts";
import type { EngineServer } from "./service.ts";

const SECRET_BYTES = 32;

/** A port: its number unless the variable names another. */
export type PortEntry = { number: number; variable: string };

/** What the server of any engine is made from. */
export interface EngineServerFacts<Port extends string, Secret extends string> {
  paths: DataPaths;
  ports: Readonly<Record<Port, number>>;
  secrets: Readonly<Record<Secret, string>>;
  /** False: data need not survive a crash of the machine. */
  durable: boolean;
  /** An administrator's URL of a server that is used instead. */
  externalUrl: string | undefined;
}

export interface EngineServerEntry<Port extends string = string, Secret extends string = string> {
  readonly engine: EngineName;
  /** The name of its service. */
  readonly service: string;
  readonly ports: Readonly<Record<Port, PortEntry>>;
  /** Makes the secrets it keeps in the data directory: at its first start, and those that an older version lacks. */
  makeSecrets(): Record<Secret, string>;
  /** The variable that names a server to use instead of starting one. */
  readonly external: { variable: string; what: string };
  create(facts: EngineServerFacts<Port, Secret>, surroundings: Surroundings): EngineServer;
}

/** The entry for the list of all engines: `create` takes everybody's ports and secrets, and hands on the server's own. */
export function engineServer<Port extends string, Secret extends string>(entry: EngineServerEntry<Port, Secret>): EngineServerEntry {
  return {
    ...entry,
    create: (facts, surroundings) => {
      const ports = pick(Object.keys(entry.ports) as Port[], facts.ports);
      const secrets = pick(Object.keys(entry.makeSecrets()) as Secret[], facts.secrets);
      return entry.create({ ...facts, ports, secrets }, surroundings);
    },
  };
}

/** The values of these names. @throws Error when one is missing, so the result has them all */
function pick<Name extends string, T>(names: readonly Name[], from: Readonly<Record<string, T>>): Record<Name, T> {
  const values = names.map((name) => {
    const value = from[name];
    if (value === undefined) throw new Error(`the local stack has no ${name}`);
    return [name, value] as const;
  });
  return Object.fromEntries(values) as Record<Name, T>;
}

/** URL-safe, so it can stand in a connection URL as it is. */
export const randomSecret = (): string => randomBytes(SECRET_BYTES).toString("base64url");
