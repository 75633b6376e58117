/**
 * The other end of FAULT_HOOK_URL: hears of every fault point a process passes and, when a shot is armed for it, holds the
 * process there, lets the test do what it wants, and only then lets it go on.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { z } from "zod";

const MAX_BODY_BYTES = 4_096;

const visitSchema = z.object({ point: z.string(), resource_id: z.string() });

/** One passage of a point; `atMs` is `performance.now()`. */
export type Visit = { point: string; resourceId: string; atMs: number };

export type Shot = {
  point: string;
  /** Which resource it waits for; the first one that comes by otherwise. */
  matches?: (resourceId: string) => boolean;
  /** Runs while the process waits at the point. */
  fire: (visit: Visit) => Promise<void>;
  /** Afterwards: answer, or cut the connection as a dying harness would. */
  afterwards?: "answer" | "drop";
};

export type Armed = {
  /** Resolves when the shot was fired and `fire` has ended; rejects with what `fire` threw. */
  readonly fired: Promise<Visit>;
  readonly isFired: () => boolean;
  disarm(): void;
};

export type FaultHook = {
  readonly url: string;
  /** Every point passed so far, in order. */
  readonly visits: readonly Visit[];
  /** Arms one shot; it is used up by the first process that matches. */
  arm(shot: Shot): Armed;
  /** The first visit, past or to come, that matches. @throws after `timeoutMs` */
  seen(matches: (visit: Visit) => boolean, timeoutMs: number): Promise<Visit>;
  close(): Promise<void>;
};

type Waiting = { shot: Shot; settle: PromiseWithResolvers<Visit>; fired: boolean };

/** Starts the hook on a free port of this machine. */
export async function startFaultHook(): Promise<FaultHook> {
  const visits: Visit[] = [];
  const armed: Waiting[] = [];
  const watchers = new Set<(visit: Visit) => void>();

  async function pass(visit: Visit): Promise<Shot["afterwards"]> {
    visits.push(visit);
    for (const watcher of watchers) watcher(visit);
    const index = armed.findIndex(({ shot }) => shot.point === visit.point && (shot.matches?.(visit.resourceId) ?? true));
    const [waiting] = index < 0 ? [] : armed.splice(index, 1);
    if (waiting === undefined) return "answer";
    waiting.fired = true;
    await waiting.shot.fire(visit).then(() => waiting.settle.resolve(visit), waiting.settle.reject);
    return waiting.shot.afterwards ?? "answer";
  }

  const server = createServer((request, response) => void serve(request, response, pass));
  // A held process waits as long as the test needs: the test's own timeouts bound it.
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    visits,
    arm(shot) {
      const waiting: Waiting = { shot, settle: Promise.withResolvers(), fired: false };
      // Whoever armed it may look at it later, or never.
      waiting.settle.promise.catch(() => {});
      armed.push(waiting);
      return {
        fired: waiting.settle.promise,
        isFired: () => waiting.fired,
        disarm: () => void armed.splice(0, armed.length, ...armed.filter((other) => other !== waiting)),
      };
    },
    seen(matches, timeoutMs) {
      const past = visits.find(matches);
      if (past !== undefined) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => end(() => reject(new Error(`no process came by within ${timeoutMs} ms`))), timeoutMs);
        const watcher = (visit: Visit): void => {
          if (matches(visit)) end(() => resolve(visit));
        };
        const end = (settle: () => void): void => {
          clearTimeout(timer);
          watchers.delete(watcher);
          settle();
        };
        watchers.add(watcher);
      });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  pass: (visit: Visit) => Promise<Shot["afterwards"]>,
): Promise<void> {
  try {
    if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) throw new Error("too large for a fault point");
    const { point, resource_id } = visitSchema.parse(JSON.parse(await text(request)));
    const afterwards = await pass({ point, resourceId: resource_id, atMs: performance.now() });
    if (afterwards === "drop") response.destroy();
    else response.writeHead(204).end();
  } catch {
    // Its process was killed while it waited here, or it is none of ours.
    response.destroy();
  }
}
