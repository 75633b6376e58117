/** Commands and their context. */
import type { Catalogue } from "./access/catalogue.ts";
import type { Right } from "./access/rights.ts";
import type { User } from "./access/user.ts";
import type { Cursors } from "./cursors.ts";
import type { Cluster } from "./postgres/cluster.ts";
import type { Store } from "./postgres/store.ts";
import type { Session } from "./session.ts";
import { type Parsed, withoutFields } from "./wire/bson.ts";
import type { Sequence } from "./wire/message.ts";

/** What all connections share. */
export type World = {
  catalogue: Catalogue;
  cluster: Cluster;
  cursors: Cursors;
  sessions: Sessions;
  /** Where PostgreSQL listens for tenants. */
  postgres: { host: string; port: number };
  /** The superuser there, whose password is the administrator's. */
  administratorRole: string;
  /** Where its data is, as far as this machine can see; for the free space. */
  dataDirectory: string | undefined;
  random: { uuid(): string; bytes(count: number): Buffer };
  now(): Date;
};

/** The connections that are open. */
export type Sessions = {
  readonly max: number;
  all(): Iterable<Session>;
};

export type Call = {
  world: World;
  session: Session;
  name: string;
  database: string;
  /** Parsed, to be read. */
  args: Parsed;
  /** As bytes, to be passed on. */
  raw: Buffer;
  sequence: Sequence | undefined;
};
/** A call of a connection that has logged in. */
export type UserCall = Call & { user: User };

/** BSON as it goes out, or what becomes BSON; `ok: 1` is added to the latter. */
export type Answer = Buffer | Parsed;

export type Command =
  | { needs: "nothing"; run: (call: Call) => Promise<Answer> | Answer }
  | { needs: "login" | ((call: UserCall) => Right[]); run: (call: UserCall) => Promise<Answer> | Answer };
export type CommandTable = Readonly<Record<string, Command>>;

/** What is between driver and server, and nothing to the database behind. */
const NOT_PASSED_ON = new Set([
  "$db",
  "$readPreference",
  "$clusterTime",
  "lsid",
  "apiVersion",
  "apiStrict",
  "apiDeprecationErrors",
  "maxTimeMS",
  "writeConcern",
  "readConcern",
]);

export function passedOn({ raw }: Call): Buffer {
  return withoutFields(raw, NOT_PASSED_ON);
}

/** Runs `work` in the call's database: the tenant on its own connection, the administrator as the superuser. */
export function onDatabase<T>({ world, session, database }: Call, work: (store: Store) => Promise<T>): Promise<T> {
  return session.link === undefined ? world.cluster.inside(database, work) : work(session.link);
}
