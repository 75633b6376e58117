/** Each limit holds at n and refuses n + 1, a raised one acts on the connections that are open, and a lowered one loses nothing. */
import { randomUUID } from "node:crypto";
import { AckPolicy, jetstream, jetstreamManager, StorageType } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterEach, describe, expect, test } from "vitest";
import type { Access, TenantLimits } from "../../../contract/jobs.ts";
import { openQueue, outcomeOf, type Queue, queueOf } from "../../support/nats-client.ts";
import { makeTenant, useEngine } from "../suite/subject.ts";
import { natsSubject, QUEUE_LIMITS } from "./subject.ts";

const bench = useEngine(natsSubject({ storage: "200MB" }));
const MIB = 1_048_576;
const open: NatsConnection[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((connection) => connection.close()));
});

const SUBSCRIPTIONS = 1_000;

type Tenant = { id: string; queue: Queue; generation: number };

async function tenant(limits: Partial<TenantLimits> = {}): Promise<Tenant> {
  const { id, grant } = await makeTenant(bench, { ...QUEUE_LIMITS, ...limits });
  return { id, queue: queueOf(grant), generation: 1 };
}

async function client(queue: Queue): Promise<NatsConnection> {
  const connection = await openQueue(queue);
  open.push(connection);
  return connection;
}

async function limit(one: Tenant, limits: Partial<TenantLimits>, access: Access = "full") {
  one.generation += 1;
  return bench.t.run(bench.jobs.limitJob(one.id, one.generation, { ...QUEUE_LIMITS, ...limits }, access));
}

const stream = (queue: Queue, name: string, more = {}) => ({ name, subjects: [`${queue.subject_prefix}.${name}.>`], ...more });
const bytes = (count: number) => new Uint8Array(count);

/** Publishes until it is refused. @returns how often it was not, and the refusal */
async function fill(connection: NatsConnection, subject: string, size: number): Promise<{ stored: number; refusal: string }> {
  for (let stored = 0; ; stored += 1) {
    const refusal = await outcomeOf(jetstream(connection).publish(subject, bytes(size)));
    if (refusal !== "ok") return { stored, refusal };
  }
}

describe("connections", () => {
  test("n are let in and n + 1 is not; one more limit, one more connection; one less, one is ended", async () => {
    const one = await tenant({ connections: 2 });
    const [first, second] = [await client(one.queue), await client(one.queue)];
    expect(await outcomeOf(client(one.queue))).not.toBe("ok");
    await limit(one, { connections: 3 });
    expect([first.isClosed(), second.isClosed()]).toEqual([false, false]);
    const third = await client(one.queue);
    expect(await outcomeOf(client(one.queue))).not.toBe("ok");
    await limit(one, { connections: 2 });
    const all = [first, second, third];
    // Servers up to 2.10 end the oldest one, later ones the newest.
    await Promise.race(all.map((connection) => connection.closed()));
    expect(all.filter((connection) => connection.isClosed())).toHaveLength(1);
    expect(await outcomeOf(client(one.queue))).not.toBe("ok");
    await limit(one, { connections: -1 });
    for (let count = 0; count < 5; count += 1) await client(one.queue);
  });
});

describe("streams", () => {
  test("n are made and n + 1 is refused; one more limit, one more stream, on the same connection", async () => {
    const one = await tenant({ streams: 2 });
    const jsm = await jetstreamManager(await client(one.queue));
    const add = (name: string) => outcomeOf(jsm.streams.add(stream(one.queue, name)));
    expect([await add("a"), await add("b")]).toEqual(["ok", "ok"]);
    expect(await add("c")).toMatch(/maximum number of streams reached/);
    await limit(one, { streams: 3 });
    expect(await add("c")).toBe("ok");
    expect(await add("d")).toMatch(/maximum number of streams reached/);
  });

  test("fewer streams than there are: they all stay, also after a restart, and no other is made", async () => {
    const one = await tenant({ streams: 3 });
    const jsm = await jetstreamManager(await client(one.queue));
    for (const name of ["a", "b", "c"]) await jsm.streams.add(stream(one.queue, name));
    await limit(one, { streams: 1 });
    await bench.server.halt("crash");
    await bench.server.restart();
    const again = await jetstreamManager(await client(one.queue));
    expect((await again.streams.names().next()).sort()).toEqual(["a", "b", "c"]);
    expect(await outcomeOf(again.streams.add(stream(one.queue, "d")))).toMatch(/maximum number of streams reached/);
  });

  test("none is kept in memory, and each has a bounded number of consumers", async () => {
    const one = await tenant();
    const jsm = await jetstreamManager(await client(one.queue));
    expect(await outcomeOf(jsm.streams.add(stream(one.queue, "m", { storage: StorageType.Memory })))).toMatch(/memory/);
    await jsm.streams.add(stream(one.queue, "s"));
    const add = (index: number) => outcomeOf(jsm.consumers.add("s", { durable_name: `c${index}`, ack_policy: AckPolicy.Explicit }));
    for (let index = 1; index <= 50; index += 1) expect(await add(index)).toBe("ok");
    expect(await add(51)).toMatch(/maximum consumers/);
  });
});

describe("storage", () => {
  test("messages are stored up to the limit, and the one that would exceed it is refused; a raised limit acts at once", async () => {
    const one = await tenant({ storage_mb: 1 });
    const connection = await client(one.queue);
    const jsm = await jetstreamManager(connection);
    await jsm.streams.add(stream(one.queue, "s"));
    const subject = `${one.queue.subject_prefix}.s.x`;
    const { stored, refusal } = await fill(connection, subject, 50_000);
    expect(refusal).toMatch(/resource limits exceeded/);
    const { storage } = await jsm.getAccountInfo();
    expect(storage).toBeLessThanOrEqual(MIB);
    expect(storage / stored + storage).toBeGreaterThan(MIB);
    await limit(one, { storage_mb: 2 });
    expect((await fill(connection, subject, 50_000)).stored).toBeGreaterThanOrEqual(stored - 1);
    expect(connection.isClosed()).toBe(false);
  });

  test("a stream may not reserve more than the limit, in all", async () => {
    const one = await tenant({ storage_mb: 2 });
    const jsm = await jetstreamManager(await client(one.queue));
    expect(await outcomeOf(jsm.streams.add(stream(one.queue, "a", { max_bytes: 2 * MIB + 1 })))).toMatch(/insufficient storage/);
    expect(await outcomeOf(jsm.streams.add(stream(one.queue, "a", { max_bytes: 2 * MIB })))).toBe("ok");
    expect(await outcomeOf(jsm.streams.add(stream(one.queue, "b", { max_bytes: 1 })))).toMatch(/insufficient storage/);
  });

  test("a limit below what is stored refuses messages; reading, deleting and purging go on, and make room again", async () => {
    const one = await tenant({ storage_mb: 4 });
    const connection = await client(one.queue);
    const jsm = await jetstreamManager(connection);
    await jsm.streams.add(stream(one.queue, "s"));
    const subject = `${one.queue.subject_prefix}.s.x`;
    for (let count = 0; count < 40; count += 1) await jetstream(connection).publish(subject, bytes(50_000));
    await limit(one, { storage_mb: 1 });
    expect(await outcomeOf(jetstream(connection).publish(subject, "x"))).toMatch(/resource limits exceeded/);
    expect((await jsm.streams.getMessage("s", { seq: 1 }))?.data.length).toBe(50_000);
    expect(await jsm.streams.deleteMessage("s", 1)).toBe(true);
    await jsm.streams.purge("s");
    expect(await outcomeOf(jetstream(connection).publish(subject, "x"))).toBe("ok");
  });

  test("a limit below what streams have reserved loses none of them, also after a restart", async () => {
    const one = await tenant({ storage_mb: 4 });
    const connection = await client(one.queue);
    const jsm = await jetstreamManager(connection);
    for (const name of ["a", "b"]) {
      await jsm.streams.add(stream(one.queue, name, { max_bytes: 2 * MIB }));
      await jetstream(connection).publish(`${one.queue.subject_prefix}.${name}.x`, "kept");
    }
    expect((await limit(one, { storage_mb: 1 })).status).toBe(200);
    await bench.server.halt("stop");
    await bench.server.restart();
    const again = await jetstreamManager(await client(one.queue));
    for (const name of ["a", "b"]) expect((await again.streams.info(name)).state.messages).toBe(1);
  });

  test("a limit the server cannot reserve any more is refused, and the queue goes on as before, also after a restart", async () => {
    const one = await tenant({ storage_mb: 4 });
    const before = await jetstreamManager(await client(one.queue));
    await before.streams.add(stream(one.queue, "s"));
    const refused = await limit(one, { storage_mb: 10_000 });
    expect([refused.status, refused.body.error]).toEqual([503, "capacity"]);
    expect((await before.getAccountInfo()).limits.max_storage).toBe(4 * MIB);
    await bench.server.halt("stop");
    await bench.server.restart();
    const again = await jetstreamManager(await client(one.queue));
    expect((await again.getAccountInfo()).limits.max_storage).toBe(4 * MIB);
    expect(await again.streams.names().next()).toEqual(["s"]);
    // Until it is taken back the wish stands in the registry, and its room is given to nobody else.
    expect((await bench.t.run(bench.jobs.createJob(randomUUID(), 1, QUEUE_LIMITS))).body.error).toBe("capacity");
    expect((await limit(one, { storage_mb: 4 })).status).toBe(200);
  });

  test("the same of a queue nobody has used since the server started", async () => {
    const one = await tenant({ storage_mb: 4 });
    await bench.server.halt("stop");
    await bench.server.restart();
    expect((await limit(one, { storage_mb: 10_000 })).body.error).toBe("capacity");
    expect((await limit(one, { storage_mb: 8 })).status).toBe(200);
    const jsm = await jetstreamManager(await client(one.queue));
    expect((await jsm.getAccountInfo()).limits.max_storage).toBe(8 * MIB);
  });
});

test("the unlimited tier has no limit, from the start and after a change, and comes back to one", async () => {
  const unlimited = { connections: -1, storage_mb: -1, streams: -1 };
  const one = await tenant(unlimited);
  const connection = await client(one.queue);
  const jsm = await jetstreamManager(connection);
  const limitsNow = async () => (await jsm.getAccountInfo()).limits;
  expect(await limitsNow()).toMatchObject({ max_storage: -1, max_streams: -1 });
  await jsm.streams.add(stream(one.queue, "s"));
  expect((await limit(one, { storage_mb: 8 })).status).toBe(200);
  expect(await limitsNow()).toMatchObject({ max_storage: 8 * MIB, max_streams: 4 });
  expect((await limit(one, unlimited)).status).toBe(200);
  expect(await limitsNow()).toMatchObject({ max_storage: -1, max_streams: -1 });
  expect(await outcomeOf(jetstream(connection).publish(`${one.queue.subject_prefix}.s.x`, "x"))).toBe("ok");
});

test("a connection may have a thousand subscriptions and not one more, another of the same queue as many again", async () => {
  const one = await tenant();
  const subject = (n: number) => `${one.queue.subject_prefix}.s.${n}`;
  for (const connection of [await client(one.queue), await client(one.queue)]) {
    const heard: string[] = [];
    const callback = (_error: Error | null, message: { subject: string }) => void heard.push(message.subject);
    for (let n = 1; n <= SUBSCRIPTIONS + 1; n += 1) connection.subscribe(subject(n), { callback });
    for (const n of [SUBSCRIPTIONS - 1, SUBSCRIPTIONS, SUBSCRIPTIONS + 1]) connection.publish(subject(n), "x");
    // What a subscription hears comes before the answer to this.
    await connection.flush();
    expect(heard).toEqual([subject(SUBSCRIPTIONS - 1), subject(SUBSCRIPTIONS)]);
  }
});

test("a message may be a mebibyte and no more", async () => {
  const one = await tenant();
  const connection = await client(one.queue);
  const subject = `${one.queue.subject_prefix}.x`;
  const listening = connection.subscribe(subject, { max: 1 });
  connection.publish(subject, bytes(MIB));
  for await (const message of listening) expect(message.data.length).toBe(MIB);
  expect(() => connection.publish(subject, bytes(MIB + 1))).toThrow(/max_payload/);
});

describe("access", () => {
  async function filled() {
    const one = await tenant();
    const connection = await client(one.queue);
    const jsm = await jetstreamManager(connection);
    await jsm.streams.add(stream(one.queue, "s"));
    await jsm.consumers.add("s", { durable_name: "d", ack_policy: AckPolicy.Explicit });
    const subject = `${one.queue.subject_prefix}.s.x`;
    for (const text of ["1", "2", "3"]) await jetstream(connection).publish(subject, text);
    return { one, connection, subject };
  }

  test("read_only reads, acknowledges, deletes and purges; it stores and publishes nothing; full gives all of it back", async () => {
    const { one, connection, subject } = await filled();
    await limit(one, {}, "read_only");
    // Its connections end: nothing that was open goes on writing.
    await connection.closed();
    const reader = await client(one.queue);
    const jsm = await jetstreamManager(reader);
    const js = jetstream(reader);
    expect(await outcomeOf(js.publish(subject, "x"))).toMatch(/Permissions Violation/);
    expect(await outcomeOf(jsm.streams.add(stream(one.queue, "t")))).toMatch(/Permissions Violation/);
    const message = await (await js.consumers.get("s", "d")).next({ expires: 2_000 });
    expect([message?.string(), await message?.ackAck()]).toEqual(["1", true]);
    expect((await jsm.streams.getMessage("s", { seq: 2 }))?.string()).toBe("2");
    expect(await jsm.streams.deleteMessage("s", 2)).toBe(true);
    expect((await jsm.streams.purge("s")).success).toBe(true);
    await limit(one, {}, "full");
    await reader.closed();
    expect(await outcomeOf(jetstream(await client(one.queue)).publish(subject, "x"))).toBe("ok");
  });

  test("none ends every connection and lets nobody in; what is stored is there afterwards", async () => {
    const { one, connection } = await filled();
    await limit(one, {}, "none");
    await connection.closed();
    expect(await outcomeOf(client(one.queue))).not.toBe("ok");
    // A rotation meanwhile opens nothing either.
    one.generation += 1;
    expect((await bench.t.run(bench.jobs.rotateJob(one.id, one.generation, 1))).status).toBe(200);
    expect((await limit(one, {}, "full")).status).toBe(200);
    const rotated = queueOf((await bench.t.run(bench.jobs.grantJob(one.id))).body.grant as Parameters<typeof queueOf>[0]);
    expect(await outcomeOf(client(one.queue))).not.toBe("ok");
    expect((await (await jetstreamManager(await client(rotated))).streams.info("s")).state.messages).toBe(3);
  });

  test("a client that comes back by itself goes on with what the access now allows", async () => {
    const { one, subject } = await filled();
    const connection = await openQueue(one.queue, {
      reconnect: true,
      reconnectTimeWait: 20,
      reconnectJitter: 0,
      maxReconnectAttempts: 100,
    });
    open.push(connection);
    await limit(one, {}, "read_only");
    await expect.poll(() => outcomeOf(jetstream(connection).publish(subject, "x", { timeout: 500 }))).toMatch(/Permissions Violation/);
    await limit(one, {}, "full");
    await expect.poll(() => outcomeOf(jetstream(connection).publish(subject, "x", { timeout: 500 }))).toBe("ok");
  });
});
