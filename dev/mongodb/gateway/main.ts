/**
 * A stand-in for MongoDB, for development and tests on machines without the real one: the protocol of MongoDB's drivers
 * in front of DocumentDB, an extension of PostgreSQL. Never for production: dev/mongodb/README.md says what it lacks.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { z } from "zod";
import { openCatalogue } from "./access/catalogue.ts";
import type { World } from "./command.ts";
import { createCursors } from "./cursors.ts";
import { openCluster } from "./postgres/cluster.ts";
import { createGateway, createSessions } from "./server.ts";

const port = z.coerce.number().int().min(1).max(65_535);
const settings = z
  .object({
    GATEWAY_HOST: z.string().min(1),
    GATEWAY_PORT: port,
    GATEWAY_ADMINISTRATOR: z.string().min(1),
    POSTGRES_HOST: z.string().min(1),
    POSTGRES_PORT: port,
    POSTGRES_USER: z.string().min(1),
    POSTGRES_PASSWORD: z.string().min(1),
    DATA_DIRECTORY: z.string().optional(),
  })
  .parse(process.env);

const report = (cause: unknown): void => console.error(cause);
const postgres = { host: settings.POSTGRES_HOST, port: settings.POSTGRES_PORT };
const cluster = openCluster({ ...postgres, user: settings.POSTGRES_USER, password: settings.POSTGRES_PASSWORD });
const sessions = createSessions();
const world: World = {
  cluster,
  sessions,
  postgres,
  catalogue: await openCatalogue(cluster, settings.GATEWAY_ADMINISTRATOR),
  administratorRole: settings.POSTGRES_USER,
  cursors: createCursors(() => performance.now()),
  dataDirectory: settings.DATA_DIRECTORY,
  random: { uuid: () => randomUUID(), bytes: (count) => randomBytes(count) },
  now: () => new Date(),
};
const gateway = createGateway(world, sessions, report);
gateway.server.listen(settings.GATEWAY_PORT, settings.GATEWAY_HOST);
await once(gateway.server, "listening");

process.once("SIGTERM", () => {
  void gateway
    .close()
    .then(() => cluster.close())
    .then(() => process.exit(0));
});
