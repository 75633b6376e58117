/** Why an operation failed, as its caller reads it. */
import { FAILURE_LINES_MAX_CHARACTERS, type Failure, type FailureReason } from "../../contract/deploys.ts";
import { DriverFailure } from "../services/driver.ts";

/** Numbers that a text may name. */
export type FailureFacts = {
  exitCode?: number | null;
  port?: number;
  listening?: readonly number[];
  seconds?: number;
  memoryMb?: number;
  diskMb?: number | null;
};

/** A step cannot succeed, however often it is tried. */
export class StepFailure extends Error {
  readonly reason: FailureReason;
  readonly facts: FailureFacts;

  constructor(reason: FailureReason, facts: FailureFacts = {}, options?: { cause?: unknown }) {
    super(`the step failed: ${reason}`, options);
    this.name = "StepFailure";
    this.reason = reason;
    this.facts = facts;
  }
}

type Texts = { event(facts: FailureFacts): string; hint: string | ((facts: FailureFacts) => string) };

const TEXTS: Record<FailureReason, Texts> = {
  build_failed: {
    event: ({ exitCode }) => (exitCode == null ? "The build failed." : `The build failed with exit code ${exitCode}.`),
    hint: "Read the last lines of the build log, correct the Dockerfile or the source, and deploy again.",
  },
  build_timeout: {
    event: ({ seconds = 0 }) => `The build was stopped after ${seconds} seconds.`,
    hint: "Make the build shorter: install fewer packages, or start from an image that has them.",
  },
  image_not_found: {
    event: () => "An image that the release needs does not exist.",
    hint: "Check the FROM lines of the Dockerfile. For a rollback or restart, deploy the source again: the image is no longer kept.",
  },
  port_mismatch: {
    event: ({ port, listening = [] }) => `The app listens on port ${listening.join(", ")}, not on port ${port}.`,
    hint: ({ listening: [port] = [] }) => `Listen on the port in the variable PORT, or deploy again with the field port set to ${port}.`,
  },
  crash_loop: {
    event: ({ exitCode }) => `The app ended with exit code ${exitCode ?? "unknown"} instead of serving requests.`,
    hint: "Read the last lines of the app's log. Check that the start command does not end and that the variables it needs are set.",
  },
  out_of_memory: {
    event: ({ memoryMb }) => `The app used more than its ${megabytes(memoryMb)}memory and was stopped.`,
    hint: "Reduce the memory that the app uses, or move to a tier with more memory.",
  },
  disk_full: {
    event: ({ diskMb }) => `The app or its build used more than its ${megabytes(diskMb)}disk space and was stopped.`,
    hint: "Write less to the container's disk: keep data in a database or in object storage, and remove caches in the build.",
  },
  not_ready: {
    event: ({ port, seconds }) => `The app runs, but gave no HTTP answer on port ${port} within ${seconds} seconds.`,
    hint: "Listen on 0.0.0.0, not on 127.0.0.1, on the port in the variable PORT, and answer HTTP soon after the start.",
  },
  binding_missing: {
    event: () => "A resource in resource_bindings does not exist.",
    hint: "Remove the binding, or bind a resource of the team that exists, and deploy again.",
  },
  vault_key_missing: {
    event: () => "A vault key that a variable names does not exist.",
    hint: "Store the key in the vault, or change the variable, and deploy again.",
  },
  internal: {
    event: () => "The platform could not finish the operation.",
    hint: "Deploy again. If it fails again, contact support with the request id.",
  },
};

const megabytes = (mb: number | null | undefined): string => (mb == null ? "" : `${mb} MB of `);

/** The failure that an error stands for. An error that is neither kind of failure is ours: `internal`. */
export function failureOf(error: unknown, context: { facts: FailureFacts; lastLines: readonly string[]; at: Date }): Failure {
  const isDriver = error instanceof DriverFailure;
  const reason = isDriver || error instanceof StepFailure ? error.reason : "internal";
  const own: FailureFacts = isDriver ? { exitCode: error.exitCode } : error instanceof StepFailure ? error.facts : {};
  const facts = { ...context.facts, ...own };
  const { event, hint } = TEXTS[reason];
  return {
    reason,
    event: event(facts),
    hint: typeof hint === "string" ? hint : hint(facts),
    exit_code: facts.exitCode ?? null,
    last_lines: bounded(context.lastLines),
    occurred_at: context.at.toISOString(),
  };
}

/** As many of the last lines as fit. */
function bounded(lines: readonly string[]): string {
  const text = lines.join("\n");
  if (text.length <= FAILURE_LINES_MAX_CHARACTERS) return text;
  const end = text.slice(-FAILURE_LINES_MAX_CHARACTERS);
  return end.includes("\n") ? end.slice(end.indexOf("\n") + 1) : end;
}
