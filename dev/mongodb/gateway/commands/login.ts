/** Logging in: the client's SCRAM messages go to PostgreSQL and its answers come back. Source: RFC 5802, the specification "Authentication". */
import { setTimeout as delay } from "node:timers/promises";
import { Binary } from "bson";
import { z } from "zod";
import { connectionLimitOf, isWelcome, type User } from "../access/user.ts";
import type { Answer, Call, CommandTable, World } from "../command.ts";
import { CommandError } from "../errors.ts";
import { type LinkTarget, openLink } from "../postgres/link.ts";
import { CATALOGUE_DATABASE, postgresDatabase, postgresRole } from "../postgres/names.ts";
import type { Session } from "../session.ts";

const AUTHENTICATION_FAILED = 18;
/** What hosted MongoDB answers above a limit of its own. */
const LIMIT_OF_THE_HOST = 8000;
/** The gateway may notice a closed connection slightly later than the next one. */
const SLOT_PATIENCE_MS = 500;
const SLOT_INTERVAL_MS = 20;
/** PostgreSQL runs the exchange for an unknown role, too, and then refuses it like a wrong password. */
const NOBODY = "nobody";

const payloadSchema = z.instanceof(Binary).transform((binary) => Buffer.from(binary.value()).toString("utf8"));
const startSchema = z.object({ mechanism: z.literal("SCRAM-SHA-256"), payload: payloadSchema });
const continueSchema = z.object({ payload: payloadSchema });
/** gs2-header, user name, nonce; in the name "=2C" stands for a comma and "=3D" for "=". */
const CLIENT_FIRST = /^n,,n=([^,]*),r=/;

const failed = (cause?: unknown): CommandError => new CommandError(AUTHENTICATION_FAILED, "Authentication failed.", { cause });

async function start({ world, session, database, args }: Call): Promise<Answer> {
  const { payload } = accepted(startSchema, args);
  const name = CLIENT_FIRST.exec(payload)?.[1]?.replaceAll("=2C", ",").replaceAll("=3D", "=");
  if (name === undefined || session.user !== undefined) throw failed();
  await session.login?.link.close();
  const user = world.catalogue.user({ name, db: database });
  const link = openLink(await targetOf(world, user !== undefined && isWelcome(user, session.address) ? user : undefined));
  session.login = { name, db: database, link };
  return conversation(false, await refusing(session, link.begin(payload)));
}

async function proceed(call: Call): Promise<Answer> {
  const { session, args } = call;
  const { payload } = accepted(continueSchema, args);
  // Drivers of before 2020 send an empty message at the end.
  if (session.user !== undefined && payload === "") return conversation(true, "");
  const { login } = session;
  if (login === undefined) throw failed();
  const serverFinal = await refusing(session, login.link.finish(payload));
  session.login = undefined;
  const user = call.world.catalogue.user(login);
  if (user === undefined) {
    await login.link.close();
    throw failed();
  }
  await takeSlot(call.world, session, user).catch(async (cause: unknown) => {
    await login.link.close();
    throw cause;
  });
  if (isAdministrator(user)) await login.link.close();
  else session.link = login.link;
  return conversation(true, serverFinal);
}

const conversation = (done: boolean, payload: string): Answer => ({ conversationId: 1, done, payload: new Binary(Buffer.from(payload)) });

async function targetOf(world: World, user: User | undefined): Promise<LinkTarget> {
  if (user === undefined) return { ...world.postgres, role: NOBODY, database: CATALOGUE_DATABASE };
  if (isAdministrator(user)) return { ...world.postgres, role: world.administratorRole, database: CATALOGUE_DATABASE };
  await world.cluster.ensureDatabase(user.db);
  return { ...world.postgres, role: postgresRole(user), database: postgresDatabase(user.db) };
}

/** The catalogue has one user of `admin`, and no command can make another (commands/users.ts). */
const isAdministrator = ({ db }: User): boolean => db === "admin";

/** One more connection of this user. Counted here, because PostgreSQL counts those of DocumentDB's own with them. */
async function takeSlot({ sessions }: World, session: Session, user: User): Promise<void> {
  const limit = connectionLimitOf(user);
  const open = (): number => [...sessions.all()].filter(({ user: other }) => other?.id === user.id).length;
  for (let waitedMs = 0; limit >= 0 && open() >= limit; waitedMs += SLOT_INTERVAL_MS) {
    if (waitedMs >= SLOT_PATIENCE_MS) throw new CommandError(LIMIT_OF_THE_HOST, `too many connections: this user may hold ${limit}`);
    await delay(SLOT_INTERVAL_MS);
  }
  session.user = { id: user.id, name: user.name, db: user.db };
}

/** Any refusal of PostgreSQL ends the login. */
async function refusing(session: Session, step: Promise<string>): Promise<string> {
  try {
    return await step;
  } catch (cause) {
    await session.login?.link.close();
    session.login = undefined;
    throw cause instanceof CommandError && cause.code !== AUTHENTICATION_FAILED ? cause : failed(cause);
  }
}

function accepted<T>(schema: z.ZodType<T>, args: unknown): T {
  const parsed = schema.safeParse(args);
  if (!parsed.success) throw failed(parsed.error);
  return parsed.data;
}

async function logout({ session }: Call): Promise<Answer> {
  const { link } = session;
  session.user = undefined;
  session.link = undefined;
  await link?.close();
  return {};
}

export const LOGIN: CommandTable = {
  saslStart: { needs: "nothing", run: start },
  saslContinue: { needs: "nothing", run: proceed },
  logout: { needs: "nothing", run: logout },
};
