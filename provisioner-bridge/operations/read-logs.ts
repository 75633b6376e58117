/** The logs of a service as events: what its builds printed, and what its container prints. */
import type pg from "pg";
import type { ServiceJobOf } from "../../contract/service-jobs.ts";
import type { Clock } from "../ports/clock.ts";
import { Refusal } from "../refusal.ts";
import { withRegistry } from "../registry/database.ts";
import { readBuild } from "../registry/operations.ts";
import { readReleases } from "../registry/releases.ts";
import { readService, type ServiceRow } from "../registry/services.ts";
import type { Driver } from "../services/driver.ts";
import type { BuildLogs } from "../services/logs/build-logs.ts";
import { followBuildLog } from "../services/logs/follow-build-log.ts";

/** What "all that are kept" of a container's log means. */
const RUN_TAIL_MAX_LINES = 10_000;
/** Each holds a connection to the container engine, or looks at a file. */
const READERS_MAX = 256;
/** So that a few teams cannot hold every place. */
const TEAM_READERS_MAX = 16;

export type LogEvent = { id: string; text: string };
type Args = ServiceJobOf<"read_logs">["args"];

export type LogReader = {
  /**
   * Ends where the log ends, and when `signal` aborts. Throws when the bridge stops.
   * @throws Refusal unknown_service, too_many_readers (of this team), resource_busy (of all teams)
   */
  read(args: Args, signal: AbortSignal): Promise<AsyncIterable<LogEvent>>;
  /** Ends every reading. */
  stop(): void;
};

export type LogReaderDeps = { registry: pg.Pool; driver: Driver; logs: BuildLogs; clock: Clock };

export function createLogReader(deps: LogReaderDeps): LogReader {
  const stopping = new AbortController();
  const places = createPlaces();

  async function* counted(events: AsyncIterable<LogEvent>, giveBack: () => void): AsyncGenerator<LogEvent> {
    try {
      yield* events;
      stopping.signal.throwIfAborted();
    } finally {
      giveBack();
    }
  }

  return {
    async read(args, signal) {
      const service = await withRegistry(deps.registry, (client) => readService(client, args.service_id));
      if (service === null || service.wanted === "deleted") throw new Refusal("unknown_service");
      const until = AbortSignal.any([signal, stopping.signal]);
      const events = args.source === "build" ? buildEvents(deps, args, until) : runEvents(deps, args, service, until);
      return counted(events, places.take(service.team_id));
    },
    stop: () => stopping.abort(),
  };
}

type Places = {
  /** @returns gives the place back @throws Refusal */
  take(teamId: string): () => void;
};

function createPlaces(): Places {
  const taken = new Map<string, number>();
  let all = 0;
  return {
    take(teamId) {
      const own = taken.get(teamId) ?? 0;
      if (own >= TEAM_READERS_MAX) throw new Refusal("too_many_readers");
      if (all >= READERS_MAX) throw new Refusal("resource_busy");
      taken.set(teamId, own + 1);
      all += 1;
      return () => {
        all -= 1;
        const left = (taken.get(teamId) ?? 1) - 1;
        if (left > 0) taken.set(teamId, left);
        else taken.delete(teamId);
      };
    },
  };
}

async function* buildEvents({ registry, logs, clock }: LogReaderDeps, args: Args, signal: AbortSignal): AsyncGenerator<LogEvent> {
  const { service_id: serviceId, operation_id: asked, tail, follow } = args;
  const find = (id: string | null) => withRegistry(registry, (client) => readBuild(client, serviceId, id));
  const newest = await find(asked);
  // A build that waits or has just begun has no file yet. Without one, the newest file is of an earlier build.
  const operationId = newest?.is_building ? newest.operation_id : asked;
  const lines = followBuildLog({
    file: () => logs.find(serviceId, operationId),
    isOpen: async () => operationId !== null && (await find(operationId))?.is_building === true,
    after: Number.parseInt(args.after ?? "0", 10) || 0,
    tail,
    follow,
    clock,
    signal,
  });
  for await (const { seq, text } of lines) yield { id: String(seq), text };
}

/** Lines of containers have no numbers: their times are their ids. */
async function* runEvents(deps: LogReaderDeps, args: Args, service: ServiceRow, signal: AbortSignal): AsyncGenerator<LogEvent> {
  const { service_id: serviceId, app_id: appId } = service;
  const releases = await withRegistry(deps.registry, (client) => readReleases(client, serviceId));
  const release = service.release ?? releases.find(({ has_container }) => has_container)?.release;
  if (release === undefined) return;
  const { after, follow } = args;
  const since = after === null ? {} : { since: after };
  const lines = deps.driver.logs({ serviceId, appId, release }, { tail: args.tail ?? RUN_TAIL_MAX_LINES, follow, signal, ...since });
  for await (const { time, text } of lines) {
    if (after === null || time > after) yield { id: time, text };
  }
}
