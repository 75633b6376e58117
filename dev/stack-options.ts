/** What a caller of `startStack` may choose. */
import type { EngineName } from "../contract/engines.ts";
import type { Ports } from "./port-table.ts";
import type { ProgressSink } from "./progress.ts";

export interface StackOptions {
  /** Made by this, or empty, or from an earlier start. */
  dataDir: string;
  /** `serve`: the built Worker in workerd. `watch`: wrangler dev, and a bridge that reloads. */
  mode: "serve" | "watch";
  /** Those not named are free ones. */
  ports?: Partial<Ports>;
  /** Win over wrangler.toml and over the local values. */
  workerVars?: Readonly<Record<string, string>>;
  /** Wins over the local values; read at each start of the bridge. */
  bridgeEnv?: Readonly<Record<string, string>>;
  /** Keep tenants ready-made, as production does. Default true; tests that count what exists, or want every step of a create, say false. */
  pools?: boolean;
  /** False: PostgreSQL runs without fsync. For tests. */
  durable?: boolean;
  /** Start again what crashes. Default true. */
  restartCrashed?: boolean;
  /** Call the cron handler at its minutes. Default true. */
  cronTicker?: boolean;
  /** Which engines' servers run; left out: all. Kinds of the others answer 503 `service_disabled`. */
  engines?: readonly EngineName[];
  /** Administrators' URLs of servers to use instead of our own. */
  external?: { platform?: string | undefined } & Partial<Record<EngineName, string | undefined>>;
  /** "host:port" of a server that stands for the whole public internet, which replays of webhooks go to. For tests. */
  publicInternet?: string;
  log?: ProgressSink;
  /** Ends a start that is under way; what it started is stopped. */
  signal?: AbortSignal;
}
