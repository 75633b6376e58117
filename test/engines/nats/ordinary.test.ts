/** Within its own subjects an ordinary client does all that ordinary clients do. */
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { headers, type NatsConnection } from "@nats-io/nats-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openQueue, openQueueOverWebSocket, outcomeOf, type Queue, queueOf } from "../../support/nats-client.ts";
import { makeTenant, useEngine } from "../suite/subject.ts";
import { natsSubject } from "./subject.ts";

const bench = useEngine(natsSubject());

describe.each(["TCP", "WebSocket"])("over %s", (transport) => {
  let queue: Queue;
  let client: NatsConnection;
  let subject: (name: string) => string;
  beforeAll(async () => {
    queue = queueOf((await makeTenant(bench)).grant);
    client = transport === "TCP" ? await openQueue(queue) : await openQueueOverWebSocket(queue, bench.server.webSocketUrl);
    subject = (name) => `${queue.subject_prefix}.${name}`;
  });
  afterAll(() => client?.close());

  test("request and reply, with headers, in a queue group", async () => {
    const service = client.subscribe(subject("echo"), { queue: "workers" });
    (async () => {
      for await (const message of service) message.respond(`${message.headers?.get("who")}: ${message.string()}`);
    })().catch(() => undefined);
    const sent = headers();
    sent.set("who", "me");
    expect((await client.request(subject("echo"), "hello", { headers: sent, timeout: 2_000 })).string()).toBe("me: hello");
    service.unsubscribe();
  });

  test("a request nobody answers is told so at once", async () => {
    expect(await outcomeOf(client.request(subject("nobody"), "", { timeout: 2_000 }))).toMatch(/no responders/);
  });

  test("publish with acknowledgement, once per message id", async () => {
    await (await jetstreamManager(client)).streams.add({ name: "ORDERS", subjects: [subject("orders.>")], allow_direct: true });
    const js = jetstream(client);
    const first = await js.publish(subject("orders.1"), "one", { msgID: "1" });
    expect([first.stream, first.seq, first.duplicate]).toEqual(["ORDERS", 1, false]);
    expect((await js.publish(subject("orders.1"), "one", { msgID: "1" })).duplicate).toBe(true);
    expect(await outcomeOf(js.publish(subject("orders.1"), "x", { expect: { lastSequence: 7 } }))).toMatch(/wrong last sequence/);
  });

  test("a pull consumer takes, acknowledges, refuses and gets again", async () => {
    const jsm = await jetstreamManager(client);
    await jsm.consumers.add("ORDERS", { durable_name: "work", ack_policy: AckPolicy.Explicit });
    const js = jetstream(client);
    for (const id of ["2", "3"]) await js.publish(subject(`orders.${id}`), id);
    const consumer = await js.consumers.get("ORDERS", "work");
    const first = await consumer.next({ expires: 2_000 });
    first?.nak();
    const taken: number[] = [];
    const messages = await consumer.consume({ expires: 2_000 });
    for await (const message of messages) {
      expect(await message.ackAck()).toBe(true);
      taken.push(message.seq);
      if (taken.length === 3) break;
    }
    expect(taken.sort()).toEqual([1, 2, 3]);
    expect((await jsm.consumers.info("ORDERS", "work")).num_ack_pending).toBe(0);
  });

  test("an ordered consumer, a push consumer with flow control, and single messages by number", async () => {
    const js = jetstream(client);
    const jsm = await jetstreamManager(client);
    const ordered = await js.consumers.get("ORDERS", { deliver_policy: DeliverPolicy.All });
    const read: number[] = [];
    for await (const message of await ordered.fetch({ max_messages: 3, expires: 2_000 })) read.push(message.seq);
    expect(read).toEqual([1, 2, 3]);

    const inbox = subject("deliver.here");
    const pushed = client.subscribe(inbox, { max: 3 });
    await jsm.consumers.add("ORDERS", { durable_name: "push", deliver_subject: inbox, flow_control: true, idle_heartbeat: 1_000_000_000 });
    const got: string[] = [];
    for await (const message of pushed) got.push(message.string());
    expect(got).toEqual(["one", "2", "3"]);

    expect((await jsm.streams.getMessage("ORDERS", { seq: 2 }))?.string()).toBe("2");
    expect((await jsm.direct.getMessage("ORDERS", { last_by_subj: subject("orders.3") }))?.string()).toBe("3");
  });

  test("streams are listed, changed, purged and deleted", async () => {
    const jsm = await jetstreamManager(client);
    expect(await jsm.streams.names().next()).toEqual(["ORDERS"]);
    await jsm.streams.update("ORDERS", { max_msgs: 10 });
    expect(await jsm.streams.deleteMessage("ORDERS", 1)).toBe(true);
    expect((await jsm.streams.purge("ORDERS")).purged).toBe(2);
    expect(await jsm.streams.delete("ORDERS")).toBe(true);
  });
});
