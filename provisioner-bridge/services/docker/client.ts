/** The connection to the container engine, and what its errors mean. */
import type { Readable } from "node:stream";
import Docker from "dockerode";
import { z } from "zod";
import { causesOf, codeOf } from "../../../contract/causes.ts";
import { Refusal } from "../../refusal.ts";

const NOT_FOUND = 404;
const NOT_MODIFIED = 304;
const CONFLICT = 409;
/** A call that changes or reads one thing. Builds and logs have no such bound. */
const CALL_TIMEOUT_MS = 60_000;

const UNREACHABLE = new Set(["ECONNREFUSED", "ENOENT", "ECONNRESET", "EPIPE", "EACCES"]);

const engineErrorSchema = z.object({ statusCode: z.number().optional(), message: z.string() });

export type EngineClient = {
  /** For builds and logs, which may be quiet for long. */
  streams: Docker;
  /** Calls the engine. @throws Refusal runner_unavailable when it does not answer, else its own error */
  call<T>(act: (docker: Docker) => Promise<T>): Promise<T>;
  /** As `call`, but an object that is not there is null. */
  find<T>(act: (docker: Docker) => Promise<T>): Promise<T | null>;
  /** As `call`, for a change that may already have been made. */
  ensure(act: (docker: Docker) => Promise<unknown>): Promise<void>;
  /** Whether it is Podman, which isolates networks and builds by calls of its own. Asked once. */
  isPodman(): Promise<boolean>;
};

export function createClient(socketPath: string): EngineClient {
  const docker = new Docker({ socketPath, timeout: CALL_TIMEOUT_MS });
  const call: EngineClient["call"] = (act) =>
    act(docker).catch((cause: unknown) => {
      throw isUnreachable(cause) ? new Refusal("runner_unavailable", { cause }) : cause;
    });
  let podman: Promise<boolean> | undefined;
  return {
    streams: new Docker({ socketPath }),
    call,
    find: (act) => call(act).catch((cause: unknown) => expectStatus(cause, [NOT_FOUND], null)),
    ensure: async (act) => {
      await call(act).catch((cause: unknown) => expectStatus(cause, [NOT_FOUND, NOT_MODIFIED, CONFLICT], undefined));
    },
    isPodman() {
      podman ??= call((engine) => engine.version()).then(isPodmanVersion);
      podman.catch(() => {
        podman = undefined;
      });
      return podman;
    },
  };
}

const versionSchema = z.object({ Components: z.array(z.object({ Name: z.string() })).optional() });

function isPodmanVersion(version: unknown): boolean {
  return versionSchema.parse(version).Components?.some(({ Name }) => Name.startsWith("Podman")) ?? false;
}

function isUnreachable(error: unknown): boolean {
  return causesOf(error).some((one) => UNREACHABLE.has(codeOf(one) ?? ""));
}

/** The client types a stream as unknown; with `isStream` it is the response. */
export function asReadable(output: unknown): Readable {
  return output as Readable;
}

export function statusOf(error: unknown): number | undefined {
  return engineErrorSchema.safeParse(error).data?.statusCode;
}

export function messageOf(error: unknown): string {
  return engineErrorSchema.safeParse(error).data?.message ?? "";
}

function expectStatus<T>(error: unknown, statuses: readonly number[], value: T): T {
  if (statuses.includes(statusOf(error) ?? 0)) return value;
  throw error;
}
