/** A running queue feels nothing of a change but the change: its streams, its consumers and its connections go on. */
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { pausedAccountJwt } from "../../../provisioner-bridge/engines/nats/account.ts";
import { readClaims } from "../../../provisioner-bridge/engines/nats/jwt.ts";
import { grantOf } from "../../support/bridge.ts";
import { openAdmin, openQueue, outcomeOf, queueOf, useQueue } from "../../support/nats-client.ts";
import { makeTenant, useEngine } from "../suite/subject.ts";
import { filesOf, natsSubject, pushAs, QUEUE_LIMITS } from "./subject.ts";

const bench = useEngine(natsSubject());

describe("with every connection in use and as many streams as the tier has", () => {
  // Servers up to 2.10 count JetStream's own connections when an account changes, and end those above the limit.
  test("a change of limits ends no connection and breaks no stream", async () => {
    const { id, grant } = await makeTenant(bench);
    const queue = queueOf(grant);
    const clients = await Promise.all(Array.from({ length: QUEUE_LIMITS.connections }, () => openQueue(queue)));
    const [client] = clients;
    if (client === undefined) throw new Error("no client");
    const jsm = await jetstreamManager(client);
    const names = Array.from({ length: QUEUE_LIMITS.streams ?? 0 }, (_, index) => `S${index}`);
    for (const name of names) {
      await jsm.streams.add({ name, subjects: [`${queue.subject_prefix}.${name}`] });
      await jsm.consumers.add(name, { durable_name: "d", ack_policy: AckPolicy.Explicit });
      await jetstream(client).publish(`${queue.subject_prefix}.${name}`, "before");
    }
    for (const [round, connections] of [5, 4].entries()) {
      const answer = await bench.t.run(bench.jobs.limitJob(id, 2 + round, { ...QUEUE_LIMITS, connections }));
      expect(answer.status, answer.text).toBe(200);
      expect(clients.map((one) => one.isClosed())).toEqual(clients.map(() => false));
      for (const name of names) {
        expect(await outcomeOf(jetstream(client).publish(`${queue.subject_prefix}.${name}`, "after")), name).toBe("ok");
        expect((await jsm.consumers.info(name, "d")).num_pending).toBe(2 + round);
      }
    }
    await Promise.all(clients.map((one) => one.close()));
  });

  test("a consumer that is waiting for messages gets those that come after the change", async () => {
    const { id, grant } = await makeTenant(bench, { ...QUEUE_LIMITS, connections: 1 });
    const queue = queueOf(grant);
    const client = await openQueue(queue);
    const jsm = await jetstreamManager(client);
    const subject = `${queue.subject_prefix}.s`;
    await jsm.streams.add({ name: "S", subjects: [subject] });
    await jsm.consumers.add("S", { durable_name: "d", ack_policy: AckPolicy.Explicit });
    const messages = await (await jetstream(client).consumers.get("S", "d")).consume({ expires: 1_000 });
    await bench.t.run(bench.jobs.limitJob(id, 2, { ...QUEUE_LIMITS, connections: 2 }));
    await jetstream(client).publish(subject, "after");
    for await (const message of messages) {
      expect(message.string()).toBe("after");
      break;
    }
    await client.close();
  });
});

test("the two steps of a change can be told apart: the account without its JetStream is the older one", async () => {
  const { id, grant } = await makeTenant(bench, { ...QUEUE_LIMITS, connections: 1 });
  expect(await useQueue(queueOf(grant))).toBe("ok");
  const admin = await openAdmin(bench.server.adminUrl);
  const pushed: number[] = [];
  admin.subscribe("$SYS.REQ.CLAIMS.UPDATE", {
    callback: (_, message) => void pushed.push(z.object({ iat: z.number() }).parse(readClaims(message.string())).iat),
  });
  await admin.flush();
  expect((await bench.t.run(bench.jobs.limitJob(id, 2, { ...QUEUE_LIMITS, connections: 2 }))).status).toBe(200);
  await admin.drain();
  expect(pushed).toEqual([expect.any(Number), (pushed[0] ?? 0) + 1]);
});

describe("a change that was cut off half-way", () => {
  async function cutOff() {
    const made = await makeTenant(bench);
    const queue = queueOf(made.grant);
    expect(await useQueue(queue)).toBe("ok");
    await pushHalf(made.name);
    expect(await useQueue(queue)).not.toBe("ok");
    return { ...made, queue };
  }

  test("is made whole by its retry, with everything the queue had", async () => {
    const { id, queue } = await cutOff();
    expect((await bench.t.run(bench.jobs.limitJob(id, 2, QUEUE_LIMITS))).status).toBe(200);
    expect((await bench.t.bridge.reconcileOnce()).findings.missing).toEqual([]);
    expect(await useQueue(queue)).toBe("ok");
  });

  test("is told and made whole by the reconciler, when no job of the queue can still be at it", async () => {
    const { name, queue } = await cutOff();
    expect((await bench.t.bridge.reconcileOnce()).findings.missing).toEqual([]);
    bench.t.clock.advance(180_000);
    expect((await bench.t.bridge.reconcileOnce()).findings.missing).toEqual([name]);
    expect(await useQueue(queue)).toBe("ok");
    expect((await bench.t.bridge.reconcileOnce()).findings.missing).toEqual([]);
  });
});

/** What a bridge that died between the two steps of a change leaves: the account without its JetStream. */
const pushHalf = (name: string): Promise<void> => pushAs(bench.server, name, pausedAccountJwt);

describe("a rotation", () => {
  test("ends every connection of the old credentials and refuses them from then on; streams stay", async () => {
    const { id, grant } = await makeTenant(bench);
    const old = queueOf(grant);
    expect(await useQueue(old)).toBe("ok");
    const connections = [await openQueue(old), await openQueue(old)];
    const rotated = queueOf(grantOf(await bench.t.run(bench.jobs.rotateJob(id, 2, 1))));
    await Promise.all(connections.map((one) => one.closed()));
    expect(await outcomeOf(openQueue(old))).toMatch(/Authorization/);
    const { credentials: before } = old;
    const { credentials: after } = rotated;
    expect([after?.key_id, rotated.subject_prefix, rotated.connection_url]).toEqual([
      before?.key_id,
      old.subject_prefix,
      old.connection_url,
    ]);
    expect(after?.nats_nkey).not.toBe(before?.nats_nkey);
    const client = await openQueue(rotated);
    expect((await (await jetstreamManager(client)).streams.info("JOBS")).state.messages).toBe(1);
    await client.close();
  });

  test("the same grant is the same to the letter, whenever it is asked for", async () => {
    const { id, grant } = await makeTenant(bench);
    bench.t.clock.advance(3_600_000);
    expect(grantOf(await bench.t.run(bench.jobs.grantJob(id)))).toEqual(grant);
  });
});

test("a drop ends open connections at once and leaves no stream, no file and no way in, also after a restart", async () => {
  const { id, name, grant } = await makeTenant(bench);
  const queue = queueOf(grant);
  expect(await useQueue(queue)).toBe("ok");
  const client = await openQueue(queue);
  expect(filesOf(bench.server, name)).toHaveLength(2);
  await bench.t.run(bench.jobs.dropJob(id));
  await client.closed();
  expect([filesOf(bench.server, name), await outcomeOf(openQueue(queue))]).toEqual([[], expect.stringMatching(/Authorization/)]);
  await bench.server.halt("stop");
  await bench.server.restart();
  expect([filesOf(bench.server, name), await outcomeOf(openQueue(queue))]).toEqual([[], expect.stringMatching(/Authorization|timeout/)]);
});

test("measure tells the bytes of every queue's streams, of those too that nobody has used since the server started", async () => {
  const [empty, filled] = [await makeTenant(bench), await makeTenant(bench)];
  const queue = queueOf(filled.grant);
  const client = await openQueue(queue);
  await (await jetstreamManager(client)).streams.add({ name: "S", subjects: [`${queue.subject_prefix}.s`] });
  for (let count = 0; count < 10; count += 1) await jetstream(client).publish(`${queue.subject_prefix}.s`, new Uint8Array(100_000));
  await client.close();
  for (const restart of [false, true]) {
    if (restart) {
      await bench.server.halt("stop");
      await bench.server.restart();
      // Past what is remembered of the server as it was.
      bench.t.clock.advance(120_000);
    }
    const sizes = await bench.t.measure("nats", [empty.id, filled.id]);
    expect(sizes.get(empty.id)).toBe(0);
    expect(sizes.get(filled.id)).toBeGreaterThan(1_000_000);
    expect(sizes.get(filled.id)).toBeLessThan(1_010_000);
  }
});
