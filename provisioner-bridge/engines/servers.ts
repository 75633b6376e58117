/** The servers of one engine: finds them by id, prepares each once, asks their capacity, maps errors to refusals, closes them. */
import type { Log } from "../log.ts";
import { Refusal } from "../refusal.ts";
import type { EngineServers, ServerCapacity } from "./engine.ts";
import { UnfitServer } from "./unfit.ts";

/** What differs between engines. `Server` is what the engine keeps for one server. */
export type ServersOptions<Server> = {
  readonly prepare: (server: Server) => Promise<void>;
  /** What later passes of the reconciler check; all of `prepare` again when absent. */
  readonly keepPrepared?: (server: Server) => Promise<void>;
  readonly capacity: (server: Server) => Promise<ServerCapacity>;
  /** The same over a connection that other work does not hold up; `capacity` when absent. */
  readonly checkHealth?: (server: Server) => Promise<ServerCapacity>;
  /** The refusal an error stands for, or the error itself. */
  readonly refusal: (error: unknown) => unknown;
  /** Sees an error before it is made a refusal; `forget` has the server prepared again before the next job. */
  readonly onError?: (error: unknown, forget: () => void) => void;
  readonly logOf: (server: Server) => Log;
  readonly close: (server: Server) => Promise<void> | void;
};

type Work<Server, T> = (server: Server) => Promise<T>;

export type Servers<Server> = {
  /** The methods that are the same for every engine. */
  readonly common: EngineServers;
  /** @throws Refusal engine_unavailable for a server of the registry that is not configured any more */
  find(id: string): Server;
  /** Works on a server, prepared or not: drops and measurements must not wait for the preparation. @throws what `refusal` makes of an error */
  on<T>(id: string, work: Work<Server, T>): Promise<T>;
  /** The same on a server that is prepared. */
  onPrepared<T>(id: string, work: Work<Server, T>): Promise<T>;
  /** It is prepared again before the next job. */
  forget(id: string): void;
};

type Member<Server> = { readonly server: Server; ready: Promise<void> | undefined };

/** @param servers by their ids, as the configuration names them */
export function createServers<Server>(servers: Iterable<readonly [string, Server]>, options: ServersOptions<Server>): Servers<Server> {
  const members = new Map<string, Member<Server>>([...servers].map(([id, server]) => [id, { server, ready: undefined }]));
  const ids = [...members.keys()];

  function memberOf(id: string): Member<Server> {
    const member = members.get(id);
    if (member === undefined) throw new Refusal("engine_unavailable", { cause: new Error(`server "${id}" is not configured`) });
    return member;
  }

  async function onMember<T>(id: string, work: (member: Member<Server>) => Promise<T>): Promise<T> {
    const member = memberOf(id);
    try {
      return await work(member);
    } catch (error) {
      options.onError?.(error, () => forget(member));
      throw options.refusal(error);
    }
  }

  const onPrepared = <T>(id: string, work: Work<Server, T>): Promise<T> =>
    onMember(id, async (member) => {
      await prepareOnce(member, options);
      return work(member.server);
    });

  async function capacityOf(id: string, ask: Work<Server, ServerCapacity> = options.capacity): Promise<ServerCapacity> {
    try {
      return await onPrepared(id, ask);
    } catch (cause) {
      // A server without room for our own connection is full; any other error means that it does not answer.
      if (cause instanceof Refusal && cause.code === "capacity") return { server: id, status: "full", freeConnections: 0 };
      return { server: id, status: "down", cause };
    }
  }

  return {
    common: {
      servers: ids,
      prepare: (id) => onMember(id, (member) => prepareAgain(member, options)),
      capacities: () => Promise.all(ids.map((id) => capacityOf(id))),
      checkHealth: (id) => capacityOf(id, options.checkHealth),
      close: async () => {
        await Promise.all([...members.values()].map(({ server }) => options.close(server)));
      },
    },
    find: (id) => memberOf(id).server,
    on: (id, work) => onMember(id, ({ server }) => work(server)),
    onPrepared,
    forget: (id) => forget(memberOf(id)),
  };
}

/** Prepares a server once; a failed try is forgotten, so that the next job tries again. */
function prepareOnce<Server>(member: Member<Server>, { prepare, logOf }: ServersOptions<Server>): Promise<void> {
  member.ready ??= prepare(member.server).catch((err: unknown) => {
    forget(member);
    const said = err instanceof UnfitServer ? "a tenants' server is not fit" : "a tenants' server could not be prepared";
    logOf(member.server).error({ err }, said);
    throw err;
  });
  return member.ready;
}

/** Asked by every pass of the reconciler: a server's settings can change while it runs. */
async function prepareAgain<Server>(member: Member<Server>, options: ServersOptions<Server>): Promise<void> {
  if (options.keepPrepared !== undefined && member.ready !== undefined) return options.keepPrepared(member.server);
  forget(member);
  await prepareOnce(member, options);
}

function forget<Server>(member: Member<Server>): void {
  member.ready = undefined;
}
