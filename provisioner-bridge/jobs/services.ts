/** Runs verified jobs about services. Jobs that authorize a stream are the credential of another request. */
import type { ServiceJob, ServiceJobKind, ServiceOutcome } from "../../contract/service-jobs.ts";
import type { AppMetricsReader } from "../app-metrics/reader.ts";
import type { Operations } from "../operations/operations.ts";
import { Refusal } from "../refusal.ts";
import type { Isolation } from "../services/isolation/isolation.ts";
import type { Sources } from "../services/sources/sources.ts";
import type { Verified } from "./verify.ts";

export type ServiceDispatch = (verified: Verified<ServiceJob>) => Promise<ServiceOutcome<Exclude<ServiceJobKind, "read_logs">>>;

/** Null where this bridge has no container engine, or no folder for sources. */
export type ServiceJobDeps = {
  operations: Pick<Operations, "accept" | "statuses"> | null;
  sources: Pick<Sources, "drop"> | null;
  isolation: Pick<Isolation, "require">;
  metrics: AppMetricsReader | null;
};

/** @returns a function that resolves to the job's outcome or throws Refusal */
export function createServiceDispatch({ operations, sources, isolation, metrics }: ServiceJobDeps): ServiceDispatch {
  return async ({ job }) => {
    switch (job.kind) {
      case "operate":
        return { ok: true, status: await present(operations).accept(job.args) };
      case "check_builder":
        present(operations);
        await isolation.require();
        return { ok: true };
      case "operations":
        return { ok: true, statuses: await present(operations).statuses(job.args.operation_ids) };
      case "read_metrics":
        return { ok: true, metrics: await present(metrics).read(job.args.service_id) };
      case "drop_source":
        await present(sources).drop(job.args.source_id);
        return { ok: true, state: "gone" };
      case "store_source":
      case "read_logs":
        throw new Refusal("malformed_job");
    }
  };
}

function present<T>(part: T | null): T {
  if (part === null) throw new Refusal("runner_unavailable");
  return part;
}

/** What a job is about, for the log. */
export function serviceFieldsOf({ args }: ServiceJob): Record<string, unknown> {
  return {
    ...("service_id" in args ? { service_id: args.service_id } : {}),
    ...("operation_id" in args ? { operation_id: args.operation_id } : {}),
    ...("source_id" in args ? { source_id: args.source_id } : {}),
  };
}
