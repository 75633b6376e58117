/** One tenant that cannot be measured keeps nobody else from it; a server that does not answer is no tenant's doing. */
import { afterEach, expect, test } from "vitest";
import { mongodbServerSchema } from "../../../provisioner-bridge/engines/mongodb/configuration.ts";
import { measureTenants } from "../../../provisioner-bridge/engines/mongodb/measure.ts";
import { createMongodbServer } from "../../../provisioner-bridge/engines/mongodb/server.ts";
import { createLog } from "../../../provisioner-bridge/log.ts";
import { systemRandom } from "../../../provisioner-bridge/ports/random.ts";
import { startCarelessMongodb } from "../../support/careless-mongodb.ts";

const NAMES = ["t_a", "t_b", "t_c"];
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A server on which these tenants are there, and this is what it says of each one's size. */
async function serverOn(statsOf: (name: string) => Record<string, unknown>, ping: Record<string, unknown> = { ok: 1 }) {
  const logs: string[] = [];
  const wire = await startCarelessMongodb("7.0.0", (command) => {
    if ("usersInfo" in command) return { users: NAMES.map((name) => ({ user: name, db: name })), ok: 1 };
    if ("dbStats" in command) return statsOf(String(command.$db));
    return "ping" in command ? ping : undefined;
  });
  const config = mongodbServerSchema.parse({
    id: "mongo-1",
    admin_url: `mongodb://127.0.0.1:${wire.port}/`,
    public_host: "127.0.0.1",
    public_port: wire.port,
    internal_host: "127.0.0.1",
    internal_port: wire.port,
    max_databases: 10,
    connection_oversubscription: 1,
  });
  const log = createLog("warn", { write: (line) => void logs.push(line) });
  const server = createMongodbServer(config, { registryId: "r", random: systemRandom, log });
  closers.push(server.administrator.close, wire.close);
  return { server, logs };
}

const broken = { ok: 0, code: 50, codeName: "MaxTimeMSExpired", errmsg: "operation exceeded time limit" };

test.each([
  ["is refused", broken],
  ["is no number", { dataSize: "much", indexSize: 0, ok: 1 }],
])("a size that %s is left out with a warning, and the others are told", async (_, answer) => {
  const { server, logs } = await serverOn((name) => (name === "t_b" ? answer : { dataSize: 10, indexSize: 2, ok: 1 }));
  expect(await measureTenants(server, NAMES)).toEqual(
    new Map([
      ["t_a", 12],
      ["t_c", 12],
    ]),
  );
  expect(logs.map((line) => JSON.parse(line).name)).toEqual(["t_b"]);
});

test("nobody can be measured, and the server answers: nobody is", async () => {
  const { server } = await serverOn(() => broken);
  expect(await measureTenants(server, NAMES)).toEqual(new Map());
});

test("nobody can be measured, and the server does not answer: the pass ends", async () => {
  const { server } = await serverOn(() => broken, { ok: 0, code: 91, codeName: "ShutdownInProgress", errmsg: "going down" });
  await expect(measureTenants(server, NAMES)).rejects.toThrow("going down");
});
