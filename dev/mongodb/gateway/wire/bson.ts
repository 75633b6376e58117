/** BSON at two depths: parsed, to be looked at, and as bytes, to be passed on exactly as it came (a JavaScript object sorts numeric keys). */
import { BSONError, deserialize, onDemand, serialize } from "bson";
import { CommandError } from "../errors.ts";

export type Parsed = Record<string, unknown>;

const FAILED_TO_PARSE = 9;
const LENGTH_BYTES = 4;
const INT32 = 0x10;
const INT64 = 0x12;

/** @throws CommandError when it is no BSON at any depth */
export function parse(document: Uint8Array): Parsed {
  return reading(() => deserialize(document, { promoteValues: true, promoteLongs: true, bsonRegExp: true }));
}

export function toBytes(document: Parsed): Buffer {
  return Buffer.from(serialize(document, { ignoreUndefined: true }));
}

/** The same document without some of its outermost fields, every other byte untouched. */
export function withoutFields(document: Buffer, names: ReadonlySet<string>): Buffer {
  const kept = reading(() =>
    [...onDemand.parseToElements(document)].flatMap(([, nameOffset, nameLength, offset, length]) => {
      const name = document.toString("utf8", nameOffset, nameOffset + nameLength);
      // An element begins with its type, one byte before its name.
      return names.has(name) ? [] : [document.subarray(nameOffset - 1, offset + length)];
    }),
  );
  const size = kept.reduce((sum, part) => sum + part.length, LENGTH_BYTES + 1);
  const head = Buffer.alloc(LENGTH_BYTES);
  head.writeInt32LE(size);
  return Buffer.concat([head, ...kept, Buffer.alloc(1)]);
}

/** The bytes of one outermost field that is a document or an array; undefined when it is not there. */
export function embedded(document: Buffer, name: string): Buffer | undefined {
  return field(document, name)?.bytes;
}

/** One outermost field that is a 32-bit or 64-bit integer; undefined when it is not there, or no integer. */
export function int64Field(document: Buffer, name: string): bigint | undefined {
  const found = field(document, name);
  if (found?.type === INT64) return found.bytes.readBigInt64LE(0);
  return found?.type === INT32 ? BigInt(found.bytes.readInt32LE(0)) : undefined;
}

function field(document: Buffer, name: string): { type: number; bytes: Buffer } | undefined {
  return reading(() => {
    for (const [type, nameOffset, nameLength, offset, length] of onDemand.parseToElements(document)) {
      if (document.toString("utf8", nameOffset, nameOffset + nameLength) === name)
        return { type, bytes: document.subarray(offset, offset + length) };
    }
    return undefined;
  });
}

function reading<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (BSONError.isBSONError(cause) || cause instanceof RangeError) throw new CommandError(FAILED_TO_PARSE, "invalid BSON", { cause });
    throw cause;
  }
}
