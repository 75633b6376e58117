/** Nobody sees a neighbour: every form of subject, published and subscribed to, against the table of attempts.ts. */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openQueue, outcomeOf, type Queue, queueOf } from "../../support/nats-client.ts";
import { openRaw, type RawNats } from "../../support/nats-raw.ts";
import { makeTenant, useEngine } from "../suite/subject.ts";
import { ATTEMPTS } from "./attempts.ts";
import { natsSubject } from "./subject.ts";

const bench = useEngine(natsSubject());
let mine: Queue;
let theirs: Queue;
let raw: RawNats;
let neighbour: NatsConnection;
/** Whatever the neighbour gets to see. */
const seen: string[] = [];

beforeAll(async () => {
  [mine, theirs] = [queueOf((await makeTenant(bench)).grant), queueOf((await makeTenant(bench)).grant)];
  raw = await openRaw(mine);
  neighbour = await openQueue(theirs);
  await (await jetstreamManager(neighbour)).streams.add({ name: "S", subjects: [`${theirs.subject_prefix}.jobs.>`] });
  await jetstream(neighbour).publish(`${theirs.subject_prefix}.jobs.mail`, "a neighbour's secret");
  for (const subject of [`${theirs.subject_prefix}.>`, "_INBOX.>"]) {
    neighbour.subscribe(subject, { callback: (_error, message) => void seen.push(message.subject) });
  }
  await neighbour.flush();
});
afterAll(async () => {
  raw?.close();
  await neighbour?.close();
});

const fill = (subject: string) =>
  subject
    .replaceAll("{own}", mine.subject_prefix)
    .replaceAll("{neighbour}", theirs.subject_prefix)
    .replaceAll("{own-key}", mine.credentials?.key_id ?? "")
    .replaceAll("{neighbour-key}", theirs.credentials?.key_id ?? "");

const expected = (isAllowed: boolean) => (isAllowed ? /^allowed$/ : /^'Permissions Violation /);
let sid = 0;

describe.each(ATTEMPTS)("$subject", ({ subject, publish, subscribe }) => {
  test(publish ? "may be published to, with headers and an answer wanted too" : "may not be published to, in no form", async () => {
    const name = fill(subject);
    const headers = "NATS/1.0\r\nA: b\r\n\r\n";
    for (const lines of [
      [`PUB ${name} 1`, "x"],
      [`PUB ${name} _INBOX.reply 1`, "x"],
      [`HPUB ${name} ${headers.length} ${headers.length + 1}`, `${headers}x`],
      [`HPUB ${name} _INBOX.reply ${headers.length} ${headers.length + 1}`, `${headers}x`],
    ]) {
      expect(await raw.send(...lines), lines[0]).toMatch(expected(publish));
    }
  });

  test(subscribe ? "may be subscribed to, in a queue group too" : "may not be subscribed to, in no form", async () => {
    const name = fill(subject);
    for (const group of ["", " workers", " >", " *"]) {
      sid += 1;
      expect(await raw.send(`SUB ${name}${group} ${sid}`), group).toMatch(expected(subscribe));
      await raw.send(`UNSUB ${sid}`);
    }
  });
});

test("a reply may be asked for anywhere, and is delivered to nobody else", async () => {
  // The neighbour's inbox has the same name in another account.
  await raw.send(
    `PUB ${mine.subject_prefix}.jobs ${theirs.subject_prefix}.jobs.mail 1`,
    "x",
    `PUB _INBOX.abc ${theirs.subject_prefix}.x 1`,
    "x",
  );
  expect(seen).toEqual([]);
});

test("after all of that the neighbour has seen nothing and lost nothing", async () => {
  await neighbour.flush();
  expect(seen).toEqual([]);
  const { state } = await (await jetstreamManager(neighbour)).streams.info("S");
  expect(state.messages).toBe(1);
});

test("what the neighbour does is not seen: neither its subjects nor its inboxes", async () => {
  // Its own requests were answered in its own inbox meanwhile.
  seen.length = 0;
  const listener = await openRaw(mine);
  await listener.send(`SUB ${mine.subject_prefix}.> 1`, "SUB _INBOX.> 2");
  neighbour.publish(`${theirs.subject_prefix}.news`, "x");
  neighbour.publish("_INBOX.abc", "x");
  await neighbour.flush();
  await listener.send();
  expect(listener.received()).toEqual([]);
  listener.close();
  expect(seen).toEqual([`${theirs.subject_prefix}.news`, "_INBOX.abc"]);
});

test("streams and their names are each account's own, whatever subjects they want to catch", async () => {
  const connection = await openQueue(mine);
  const jsm = await jetstreamManager(connection);
  expect(await jsm.streams.names().next()).toEqual([]);
  await jsm.streams.add({ name: "S", subjects: [`${theirs.subject_prefix}.>`, "orders.*"] });
  await jetstream(neighbour).publish(`${theirs.subject_prefix}.jobs.mail`, "still not for others");
  expect((await jsm.streams.info("S")).state.messages).toBe(0);
  // Mirrors and sources would need an import, and an account may have none.
  await jsm.streams.delete("S");
  const external = { api: `$JS.${theirs.credentials?.key_id}.API`, deliver: `${theirs.subject_prefix}.deliver` };
  await outcomeOf(jsm.streams.add({ name: "M", mirror: { name: "S", external } }));
  const mirrored = await jsm.streams.info("M").then(
    ({ state }) => state.messages,
    () => 0,
  );
  expect(mirrored).toBe(0);
  await jsm.streams.delete("M").catch(() => undefined);
  await connection.close();
});

test("nobody comes in with the neighbour's JWT and one's own key, or with a JWT signed by oneself", async () => {
  const mixed = {
    ...mine,
    credentials: { ...(mine.credentials ?? theirs.credentials), nats_jwt: theirs.credentials?.nats_jwt } as Queue["credentials"],
  };
  await expect(openRaw(mixed as Queue)).rejects.toThrow(/Authorization Violation/);
  const { credentials: _, ...nobody } = mine;
  expect(await outcomeOf(openQueue(nobody))).toMatch(/Authorization/);
});
