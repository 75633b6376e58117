/** One tenants' NATS server in operator mode: the bridge's keys for it, and its requests as the server's own system account. */
import type { NatsConnection } from "@nats-io/transport-node";
import pLimit, { type LimitFunction } from "p-limit";
import { z } from "zod";
import type { Log } from "../../log.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Random } from "../../ports/random.ts";
import type { NatsServerConfig } from "./configuration.ts";
import { type KeptConnection, keepConnection, openConnection } from "./connection.ts";
import { ServerSaidNo } from "./errors.ts";
import { keyOfSeed, type NatsKey } from "./nkeys.ts";

const ANSWER_TIMEOUT_MS = 3_000;

export type OperatorConfig = NonNullable<NatsServerConfig["operator"]>;
export type NatsServer = {
  readonly config: NatsServerConfig;
  /** Signs accounts. */
  readonly operator: NatsKey;
  /** What the accounts' own keys come from. */
  readonly accountSecret: Buffer;
  readonly registryId: string;
  readonly system: KeptConnection;
  /** Connections that prove a tenant: bounded, as a server's are. */
  readonly checks: LimitFunction;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

export type ServerDeps = { registryId: string; clock: Clock; random: Random; log: Log };

/** Opens nothing yet: the first request does. @throws Error when a seed is none */
export function createNatsServer(config: NatsServerConfig, operator: OperatorConfig, deps: ServerDeps): NatsServer {
  const log = deps.log.child({ server: config.id });
  const address = { host: config.internal_host, port: config.internal_port };
  const identity = { jwt: operator.system_jwt, user: keyOfSeed(operator.system_seed, "U") };
  return {
    config,
    operator: keyOfSeed(operator.seed, "O"),
    accountSecret: operator.account_secret,
    registryId: deps.registryId,
    system: keepConnection(
      (options) => openConnection(address, identity, options),
      (err) => log.warn({ err }, "the system connection to a NATS server broke"),
    ),
    checks: pLimit(config.readiness_reserve),
    clock: deps.clock,
    random: deps.random,
    log,
  };
}

/** Asks the server on one of its system subjects. `payload`: a JWT as it is, anything else as JSON. @throws the library's errors */
export async function ask<T>(
  server: NatsServer,
  subject: string | ((connection: NatsConnection) => string),
  payload: string | object,
  schema: z.ZodType<T>,
  timeout = ANSWER_TIMEOUT_MS,
): Promise<T> {
  const connection = await server.system.get();
  const body = typeof payload === "string" ? payload : JSON.stringify(payload);
  const answer = await connection.request(typeof subject === "string" ? subject : subject(connection), body, { timeout });
  return schema.parse(answer.json());
}

const failureSchema = z.object({ error: z.object({ code: z.number(), description: z.string() }) });

/** Like `ask`, for answers whose news stand under `data`. @throws ServerSaidNo when there is an `error` instead */
export async function askForData<T>(
  server: NatsServer,
  subject: Parameters<typeof ask>[1],
  payload: string | object,
  schema: z.ZodType<T>,
  timeout?: number,
): Promise<T> {
  const answer = await ask(server, subject, payload, z.union([failureSchema, z.object({ data: schema })]), timeout);
  if ("error" in answer) throw new ServerSaidNo(`${answer.error.code} ${answer.error.description}`);
  return answer.data;
}
