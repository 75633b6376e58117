/** The options of `startStack`. */
import type { EngineName } from "../contract/engines.ts";
import type { Ports } from "./port-table.ts";
import type { ProgressSink } from "./progress.ts";

export interface StackOptions {
  /** An empty directory, or one made by an earlier start. */
  dataDir: string;
  /** `serve`: the built Worker in workerd. `watch`: wrangler dev, and a bridge that reloads. */
  mode: "serve" | "watch";
  /** Ports that are not named are chosen among free ones. */
  ports?: Partial<Ports>;
  /** Override wrangler.toml and the local values. */
  workerVars?: Readonly<Record<string, string>>;
  /** Overrides the local values; read at each start of the bridge. */
  bridgeEnv?: Readonly<Record<string, string>>;
  /** Keeps ready-made tenants, as production does. Default true. False for tests that count what exists, or need every step of a create. */
  pools?: boolean;
  /** False: PostgreSQL runs without fsync. For tests. */
  durable?: boolean;
  /** Start again what crashes. Default true. */
  restartCrashed?: boolean;
  /** Call the cron handler at its minutes. Default true. */
  cronTicker?: boolean;
  /** Which engines' servers run; left out: all. Kinds of the others answer 503 `service_disabled`. */
  engines?: readonly EngineName[];
  /** Runs what deploys need beside the engines: the ingress. Default true. */
  deploys?: boolean;
  /** Administrators' URLs of servers to use instead of our own. */
  external?: { platform?: string | undefined } & Partial<Record<EngineName, string | undefined>>;
  /** "host:port" of a server that stands for the whole public internet, which replays of webhooks go to. For tests. */
  publicInternet?: string;
  log?: ProgressSink;
  /** Aborts a start in progress and stops what it started. */
  signal?: AbortSignal;
}
