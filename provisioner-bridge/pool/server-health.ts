/** The health of an engine's servers: what each answers now, and what it answered last. */
import type { EngineServers, ServerCapacity } from "../engines/engine.ts";
import type { Clock } from "../ports/clock.ts";
import { firstAnswers } from "./first-answers.ts";
import { createHealthCheck } from "./health-check.ts";

/** The ids of the servers that answer now, and of those among them that have room. */
export type AnsweringServers = { answering: string[]; open: string[] };

export type ServerHealth = {
  /** The servers that have room, as a create asks: without those that are much slower than the first. */
  openServers(): Promise<ServerCapacity[]>;
  /** Every server that answers, as the filler asks. */
  answeringServers(): Promise<AnsweringServers>;
  /**
   * The id of the engine's only server, if it had room when it was asked last and no question to it is open. Null otherwise, so that
   * creates wait for the answer of a server that hangs: it uses up one ready-made tenant, not the whole pool.
   */
  onlyServer(): string | null;
  /** What each server answered last; nothing for a server that was never asked. */
  latest(): ServerCapacity[];
};

/** Every question is put after the call; calls at the same time share the answer. */
export function createServerHealth(engine: Pick<EngineServers, "servers" | "checkHealth">, clock: Clock): ServerHealth {
  const latest = new Map<string, ServerCapacity>();
  let asking = 0;
  const checks = engine.servers.map((server) => {
    const silent: ServerCapacity = { server, status: "down", cause: new Error("no answer in time") };
    const check = createHealthCheck(() => engine.checkHealth(server), silent, clock);
    return async () => {
      asking += 1;
      const answer = await check();
      asking -= 1;
      latest.set(server, answer);
      return answer;
    };
  });
  return {
    openServers: () =>
      firstAnswers(
        checks.map(async (check) => {
          const answer = await check();
          return answer.status === "open" ? answer : null;
        }),
        clock,
      ),
    async answeringServers() {
      const answers = await Promise.all(checks.map((check) => check()));
      const idsOf = (isWanted: (answer: ServerCapacity) => boolean) => answers.filter(isWanted).map(({ server }) => server);
      return { answering: idsOf(({ status }) => status !== "down"), open: idsOf(({ status }) => status === "open") };
    },
    onlyServer() {
      const [answer] = latest.values();
      return engine.servers.length === 1 && asking === 0 && answer?.status === "open" ? answer.server : null;
    },
    latest: () => [...latest.values()],
  };
}
