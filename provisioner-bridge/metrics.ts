/** Prometheus metrics of one bridge. Gauges of servers and tenants are read at each scrape. */
import type pg from "pg";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Engine } from "./engines/engine.ts";
import type { Log } from "./log.ts";
import { withRegistry } from "./registry/database.ts";
import { countTenants } from "./registry/tenants.ts";

const JOB_SECONDS_BUCKETS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const METERING_SECONDS_BUCKETS = [0.05, 0.25, 1, 5, 15, 60, 300];

export type Metrics = {
  readonly registry: Registry;
  /** `outcome` is "ok" or a refusal's code. */
  jobDone(labels: { kind: string; engine: string; outcome: string }, seconds: number): void;
  /** How many of each finding the reconciler's last pass has. */
  findings(finding: string, count: number): void;
  passDone(outcome: "ok" | "stopped" | "failed"): void;
  /** One pass of the metering over one server. */
  metered(labels: { engine: string; server: string; outcome: "ok" | "failed" }, seconds: number): void;
};

export type MetricsDeps = { registry: pg.Pool; engines: readonly Engine[]; log: Log };

export function createMetrics(deps: MetricsDeps): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const jobs = new Histogram({
    name: "bridge_job_duration_seconds",
    help: "Time from receiving a verified job to its outcome",
    labelNames: ["kind", "engine", "outcome"],
    buckets: JOB_SECONDS_BUCKETS,
    registers,
  });
  const findings = new Gauge({ name: "bridge_reconcile_findings", help: "What the last pass found", labelNames: ["finding"], registers });
  const passes = new Counter({ name: "bridge_reconcile_passes_total", help: "Passes by outcome", labelNames: ["outcome"], registers });
  const meterings = new Histogram({
    name: "bridge_metering_pass_seconds",
    help: "Time to measure and report every tenant of a server",
    labelNames: ["engine", "server", "outcome"],
    buckets: METERING_SECONDS_BUCKETS,
    registers,
  });
  registerTenants(registers, deps);
  registerConnections(registers, deps);
  return {
    registry,
    jobDone: (labels, seconds) => jobs.observe(labels, seconds),
    findings: (finding, count) => findings.set({ finding }, count),
    passDone: (outcome) => passes.inc({ outcome }),
    metered: (labels, seconds) => meterings.observe(labels, seconds),
  };
}

function registerTenants(registers: Registry[], { registry, log }: MetricsDeps): void {
  new Gauge({
    name: "bridge_tenants",
    help: "Tenants in the registry",
    labelNames: ["engine", "server", "state"],
    registers,
    async collect() {
      this.reset();
      try {
        for (const { count, ...labels } of await withRegistry(registry, countTenants)) this.set(labels, count);
      } catch (err) {
        log.warn({ err }, "tenants could not be counted for the metrics");
      }
    },
  });
}

function registerConnections(registers: Registry[], { engines }: MetricsDeps): void {
  const labelNames = ["engine", "server"] as const;
  new Gauge({
    name: "bridge_server_up",
    help: "1 when a tenants' server answers",
    labelNames,
    registers,
    async collect() {
      this.reset();
      for (const { labels, capacity } of await capacitiesOf(engines)) this.set(labels, capacity.status === "down" ? 0 : 1);
    },
  });
  new Gauge({
    name: "bridge_server_free_connections",
    help: "Connection slots tenants could still take",
    labelNames,
    registers,
    async collect() {
      this.reset();
      for (const { labels, capacity } of await capacitiesOf(engines)) {
        if (capacity.status !== "down") this.set(labels, capacity.freeConnections);
      }
    },
  });
}

async function capacitiesOf(engines: readonly Engine[]) {
  const perEngine = await Promise.all(
    engines.map(async ({ engine, capacities }) =>
      (await capacities()).map((capacity) => ({ labels: { engine, server: capacity.server }, capacity })),
    ),
  );
  return perEngine.flat();
}
