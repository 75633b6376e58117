/** The stand-in's gateway takes whatever a network brings: it hangs up on nonsense and goes on serving everybody else. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { serialize } from "bson";
import { expect, test, vi } from "vitest";
import { STRANGERS_MESSAGE_MAX_BYTES } from "../../../dev/mongodb/gateway/wire/frames.ts";
import { outcomeOf, quick, useDatabase, withMongo } from "../../support/mongodb.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { makeTenant, useEngine } from "../suite/subject.ts";
import { describeMongodb, mongodbSubject } from "./fixture.ts";

const OP_MSG = 2013;
const HANG_UP_MS = 5_000;
const SETTLE = { timeout: 5_000, interval: 50 };
/** Time for a message to be read and ignored. */
const READ_MS = 50;

function message(document: Record<string, unknown>): Buffer {
  const body = serialize(document);
  const head = Buffer.alloc(21);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([head, body]);
}

describeMongodb("the gateway", () => {
  const bench = useEngine(mongodbSubject());
  const address = () => {
    const { hostname, port } = new URL(bench.server.mongodb.url);
    return { host: hostname, port: Number(port) };
  };
  async function dial(): Promise<Socket> {
    const socket = connect(address());
    socket.on("error", () => {});
    await once(socket, "connect");
    return socket;
  }
  /** Whether the other side hangs up on these bytes. */
  async function isHungUpOn(bytes: Buffer): Promise<boolean> {
    const socket = await dial();
    const closed = once(socket, "close").then(() => true);
    socket.resume();
    socket.write(bytes);
    const outcome = await Promise.race([closed, delay(HANG_UP_MS, false)]);
    socket.destroy();
    return outcome;
  }
  const isStandIn = () => bench.server.mongodb.kind === "stand-in";

  test.each([
    ["an HTTP request", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
    ["a TLS hello", Buffer.from("16030100c8010000c403035f", "hex")],
    ["a length of zero", Buffer.alloc(16)],
    ["a length of 2 GB", Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0x7f]), Buffer.alloc(12)])],
    ["an operation of another decade", Buffer.concat([Buffer.from([16, 0, 0, 0]), Buffer.alloc(8), Buffer.from([0xd2, 7, 0, 0])])],
  ])("hangs up on %s", async (_what, bytes) => {
    expect(await isHungUpOn(bytes)).toBe(true);
  });

  test("takes little from strangers: a message larger than a greeting ever is is hung up on before it has come", async ({ skip }) => {
    skip(!isStandIn(), "MongoDB has other bounds");
    const head = message({ hello: 1, $db: "admin" });
    head.writeInt32LE(STRANGERS_MESSAGE_MAX_BYTES + 1, 0);
    expect(await isHungUpOn(head)).toBe(true);
    head.writeInt32LE(STRANGERS_MESSAGE_MAX_BYTES, 0);
    const socket = await dial();
    socket.write(head);
    await delay(READ_MS);
    expect(socket.closed).toBe(false);
    socket.destroy();
  });

  test("goes on after random bytes on a hundred connections, whole and broken off", async () => {
    const { grant } = await makeTenant(bench);
    const random = seededRandom(Date.now());
    const good = message({ ping: 1, $db: "admin" });
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        const socket = await dial();
        socket.resume();
        const bytes = Buffer.from(good);
        for (let flips = random.integer(8); flips > 0; flips -= 1) bytes[random.integer(bytes.length)] = random.integer(256);
        socket.write(bytes.subarray(0, random.integer(bytes.length + 1)));
        await delay(random.integer(READ_MS));
        socket.destroy();
      }),
    );
    expect(await useDatabase(grant.connection_url), `seed ${random.seed}`).toBe("ok");
  });

  test("commands with arguments of the wrong kind are refused with a code, as a tenant and as the administrator", async () => {
    const { grant, name } = await makeTenant(bench);
    const { commands } = await bench.server.mongodb.command({ listCommands: 1 });
    const dangerous = ["logout", "saslStart", "saslContinue", "shutdown", "killCursors", "dropDatabase", "dropAllUsersFromDatabase"];
    const names = Object.keys(commands).filter((one) => !dangerous.includes(one));
    const ALSO_AS_ADMINISTRATOR = new Set<unknown>([undefined, -1, "a\0b"]);
    const values = [undefined, null, "", -1, 2.5, true, [], {}, new Date(0), { $in: [1] }, [[[]]], "a\0b", "x".repeat(5_000)];
    await withMongo(grant.connection_url, async (client) => {
      for (const command of names) {
        for (const value of values) {
          // 1 is "internal error": nobody foresaw it.
          expect(`${command} ${await outcomeOf(client.db(name).command({ [command]: value }))}`).not.toBe(`${command} 1`);
          if (!ALSO_AS_ADMINISTRATOR.has(value)) continue;
          const asAdministrator = bench.server.mongodb.command({ [command]: value }, "nobodys");
          expect(`${command} ${await outcomeOf(asAdministrator)}`).not.toBe(`${command} 1`);
        }
      }
    });
    expect(await useDatabase(grant.connection_url)).toBe("ok");
    await bench.server.mongodb.command({ dropDatabase: 1 }, "nobodys");
  });

  test("a login that is broken off at any message gives its connection back", async ({ skip }) => {
    skip(!isStandIn(), "MongoDB counts no user's connections");
    const { grant, name } = await makeTenant(bench, { connections: 1, storage_mb: 5 });
    const payload = Buffer.from(`n,,n=${name},r=0123456789abcdef0123456789abcdef`);
    for (let round = 0; round < 20; round += 1) {
      const socket = await dial();
      socket.write(message({ saslStart: 1, mechanism: "SCRAM-SHA-256", payload, $db: name }));
      if (round % 2 === 0) await once(socket, "data");
      socket.destroy();
    }
    await vi.waitFor(async () => expect(await useDatabase(grant.connection_url)).toBe("ok"), SETTLE);
  });

  test("answers stay in order when many questions come at once on one connection", async () => {
    const { grant, name } = await makeTenant(bench);
    await withMongo(
      grant.connection_url,
      async (client) => {
        const items = client.db(name).collection<{ n: number }>("ordered");
        await Promise.all(Array.from({ length: 200 }, (_, n) => items.insertOne({ n })));
        const found = await Promise.all(Array.from({ length: 200 }, (_, n) => items.findOne({ n })));
        expect(found.map((one) => one?.n)).toEqual(Array.from({ length: 200 }, (_, n) => n));
      },
      quick({ maxPoolSize: 1 }),
    );
  });
});
