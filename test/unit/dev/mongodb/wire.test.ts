/** Whatever bytes come: a message is read exactly, or refused as malformed; nothing else is ever thrown, and nothing grows without end. */
import { serialize } from "bson";
import { describe, expect, test } from "vitest";
import { CommandError } from "../../../../dev/mongodb/gateway/errors.ts";
import { embedded, int64Field, parse, toBytes, withoutFields } from "../../../../dev/mongodb/gateway/wire/bson.ts";
import { HEADER_BYTES, MalformedMessage, readFrames } from "../../../../dev/mongodb/gateway/wire/frames.ts";
import { decodeRequest, documentsOf, encodeAnswer } from "../../../../dev/mongodb/gateway/wire/message.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const OP_MSG = 2013;
const OP_QUERY = 2004;
const LIMIT = 1_000;
/** Of the operation; what comes before is read by others. */
const FIRST_BROKEN_BYTE = HEADER_BYTES - 4;

const int32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeInt32LE(value, 4 * index);
  return bytes;
};
const bson = (document: Record<string, unknown>): Buffer => Buffer.from(serialize(document));
const frame = (operation: number, ...body: Uint8Array[]): Buffer => {
  const length = HEADER_BYTES + body.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([int32(length, 7, 0, operation), ...body]);
};
const kind = (value: number): Buffer => Buffer.from([value]);
const sequence = (name: string, ...documents: Buffer[]): Buffer => {
  const rest = Buffer.concat([Buffer.from(`${name}\0`), ...documents]);
  return Buffer.concat([kind(1), int32(rest.length + 4), rest]);
};
const PING = bson({ ping: 1, $db: "admin" });
const message = (flags: number, ...sections: Buffer[]): Buffer => frame(OP_MSG, int32(flags), ...sections);

async function framesOf(chunks: Buffer[], max = LIMIT): Promise<Buffer[]> {
  const stream = (async function* () {
    yield* chunks;
  })();
  const frames: Buffer[] = [];
  for await (const one of readFrames(stream, () => max)) frames.push(one);
  return frames;
}

describe("frames", () => {
  test("come out whole however the bytes were cut", async () => {
    const [first, second] = [message(0, kind(0), PING), message(0, kind(0), bson({ hello: 1 }))];
    const bytes = Buffer.concat([first, second]);
    for (let size = 1; size <= bytes.length; size += 1) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
      expect(await framesOf(chunks)).toEqual([first, second]);
    }
  });

  test.each([
    [LIMIT - 1, "ok"],
    [LIMIT, "ok"],
    [LIMIT + 1, "malformed"],
  ])("of %i bytes, where %i are allowed, are %s", async (length, expected) => {
    const bytes = Buffer.concat([int32(length), Buffer.alloc(length - 4)]);
    const outcome = await framesOf([bytes]).then(
      () => "ok",
      (error: unknown) => (error instanceof MalformedMessage ? "malformed" : error),
    );
    expect(outcome).toBe(expected);
  });

  test.each([[0], [15], [-1], [2 ** 31 - 1], [-(2 ** 31)]])("that say they have %i bytes are refused before they come", async (length) => {
    await expect(framesOf([int32(length)])).rejects.toThrow(MalformedMessage);
  });

  test("that never end are no frames", async () => {
    expect(await framesOf([int32(100), Buffer.alloc(50)])).toEqual([]);
    expect(await framesOf([Buffer.from([1, 2])])).toEqual([]);
  });
});

describe("messages", () => {
  test("hold a command, and a sequence beside it", () => {
    const documents = [bson({ a: 1 }), bson({ b: 2 })];
    const request = decodeRequest(message(0, kind(0), PING, sequence("documents", ...documents)));
    expect(request).toMatchObject({ id: 7, form: "message", command: PING, wantsAnswer: true, sequence: { name: "documents" } });
    expect(request.sequence === undefined ? [] : documentsOf(request.sequence)).toEqual(documents);
  });

  test("may want no answer, and may bear a checksum", () => {
    expect(decodeRequest(message(2, kind(0), PING)).wantsAnswer).toBe(false);
    expect(decodeRequest(message(1, kind(0), PING, int32(0x1234))).command).toEqual(PING);
  });

  test("as queries are commands only", () => {
    const query = (collection: string) => frame(OP_QUERY, int32(0), Buffer.from(`${collection}\0`), int32(0, -1), PING);
    expect(decodeRequest(query("admin.$cmd"))).toMatchObject({ form: "query", command: PING });
    expect(() => decodeRequest(query("db.items"))).toThrow(MalformedMessage);
  });

  const malformed: [what: string, bytes: Buffer][] = [
    ["an unknown operation", frame(2012, PING)],
    ["nothing after the header", frame(OP_MSG)],
    ["no section", message(0)],
    ["a flag that must be known", message(4, kind(0), PING)],
    ["two commands", message(0, kind(0), PING, kind(0), PING)],
    ["a sequence alone", message(0, sequence("documents", PING))],
    ["two sequences", message(0, kind(0), PING, sequence("a", PING), sequence("b", PING))],
    ["a section of an unknown kind", message(0, kind(2), PING)],
    ["a document longer than the message", message(0, kind(0), int32(5_000), Buffer.alloc(10))],
    ["a document of no length", message(0, kind(0), int32(0), Buffer.alloc(10))],
    ["a document of negative length", message(0, kind(0), int32(-8), Buffer.alloc(10))],
    ["a sequence longer than the message", message(0, kind(0), PING, kind(1), int32(5_000), Buffer.from("documents\0"))],
    ["a sequence whose name never ends", message(0, kind(0), PING, kind(1), int32(10), Buffer.from("nnnnnn"))],
    ["a sequence with half a document", message(0, kind(0), PING, sequence("documents", PING.subarray(0, 8)))],
    ["a checksum that is not there", message(1, kind(0), PING.subarray(0, 3))],
    ["a query that ends too early", frame(OP_QUERY, int32(0), Buffer.from("admin.$cmd\0"), int32(0))],
    ["a query without a name", frame(OP_QUERY, int32(0))],
  ];
  test.each(malformed)("with %s are refused", (_what, bytes) => {
    expect(() => decodeRequest(bytes)).toThrow(MalformedMessage);
  });

  test("broken at random are read or refused, and nothing else", () => {
    const random = seededRandom(Date.now());
    const good = message(0, kind(0), PING, sequence("documents", bson({ a: [1, { b: "c" }] }), bson({ d: 1.5 })));
    for (let round = 0; round < 5_000; round += 1) {
      const bytes = Buffer.from(good);
      for (let flips = 1 + random.integer(6); flips > 0; flips -= 1) {
        bytes[FIRST_BROKEN_BYTE + random.integer(bytes.length - FIRST_BROKEN_BYTE)] = random.integer(256);
      }
      const cut = random.chance(0.25) ? bytes.subarray(0, HEADER_BYTES + random.integer(bytes.length - HEADER_BYTES)) : bytes;
      try {
        const { command, sequence: beside } = decodeRequest(cut);
        parse(command);
        if (beside !== undefined) documentsOf(beside).forEach(parse);
      } catch (error) {
        expect(error instanceof MalformedMessage || error instanceof CommandError, `${random.seed}: ${String(error)}`).toBe(true);
      }
    }
  });
});

describe("answers", () => {
  test("name the request they answer, in the form it had", () => {
    const document = toBytes({ ok: 1 });
    const asMessage = encodeAnswer({ id: 42, form: "message" }, document);
    expect([asMessage.readInt32LE(0), asMessage.readInt32LE(8), asMessage.readInt32LE(12)]).toEqual([asMessage.length, 42, OP_MSG]);
    expect(decodeRequest(asMessage).command).toEqual(document);
    const asReply = encodeAnswer({ id: 42, form: "query" }, document);
    expect([asReply.readInt32LE(0), asReply.readInt32LE(8), asReply.readInt32LE(12), asReply.readInt32LE(32)]).toEqual([
      asReply.length,
      42,
      1,
      1,
    ]);
    expect(asReply.subarray(36)).toEqual(document);
  });
});

describe("documents", () => {
  test("lose fields by name and keep every other byte, in their order", () => {
    // As a JavaScript object, "10" and "2" would come first.
    const entries: [string, unknown][] = [
      ["find", "items"],
      ["lsid", { id: 1 }],
      ["10", 1n],
      ["2", [1, 2]],
      ["$db", "x"],
      ["a", 1.0],
    ];
    const document = bsonOf(entries);
    const kept = bsonOf(entries.filter(([name]) => name !== "lsid" && name !== "$db"));
    expect(withoutFields(document, new Set(["lsid", "$db", "absent"]))).toEqual(kept);
  });

  test("give up one field without the rest", () => {
    const document = bson({ cursor: { id: 2n ** 62n, firstBatch: [] }, small: 5, text: "x" });
    const cursor = embedded(document, "cursor");
    expect(cursor === undefined ? undefined : int64Field(cursor, "id")).toBe(2n ** 62n);
    expect([int64Field(document, "small"), int64Field(document, "text"), int64Field(document, "absent")]).toEqual([
      5n,
      undefined,
      undefined,
    ]);
  });

  test("that are none are the caller's fault", () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from([5, 0, 0, 0, 1]),
      Buffer.concat([int32(12), Buffer.from("\x02a\0\xff\xff\xff\x7f\0")]),
    ])
      expect(() => parse(bytes)).toThrow(CommandError);
  });
});

/** In this order, whatever the names are. */
function bsonOf(entries: readonly [string, unknown][]): Buffer {
  const elements = entries.map(([name, value]) => bson({ [name]: value }).subarray(4, -1));
  const size = elements.reduce((sum, part) => sum + part.length, 5);
  return Buffer.concat([int32(size), ...elements, Buffer.alloc(1)]);
}
