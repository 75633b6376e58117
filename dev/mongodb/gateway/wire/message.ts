/** MongoDB's wire protocol, as far as drivers since 2020 use it. Source: the specification "MongoDB Wire Protocol". */
import { HEADER_BYTES, MalformedMessage } from "./frames.ts";

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
/** A receiver must know each of the first sixteen bits that is set. */
const FLAGS_THAT_MUST_BE_KNOWN = 0xffff;
const CHECKSUM_BYTES = 4;
const INT32_BYTES = 4;
const DOCUMENT_MIN_BYTES = 5;

/** Documents sent beside a command: `insert`'s, `update`'s or `delete`'s. */
export type Sequence = { name: string; documents: Buffer };
export type Request = {
  id: number;
  /** Only `hello` still comes as a query. */
  form: "message" | "query";
  /** The command, as BSON. */
  command: Buffer;
  sequence: Sequence | undefined;
  /** False: the sender expects no answer. */
  wantsAnswer: boolean;
};

/** @throws MalformedMessage */
export function decodeRequest(frame: Buffer): Request {
  const id = frame.readInt32LE(4);
  const operation = frame.readInt32LE(12);
  const body = frame.subarray(HEADER_BYTES);
  if (operation === OP_MSG) return { id, form: "message", ...decodeMessage(body) };
  if (operation === OP_QUERY) return { id, form: "query", command: decodeQuery(body), sequence: undefined, wantsAnswer: true };
  throw new MalformedMessage(`operation ${operation}`);
}

function decodeMessage(body: Buffer): Pick<Request, "command" | "sequence" | "wantsAnswer"> {
  const flags = readInt32(body, 0);
  if ((flags & FLAGS_THAT_MUST_BE_KNOWN & ~(CHECKSUM_PRESENT | MORE_TO_COME)) !== 0) throw new MalformedMessage(`flags ${flags}`);
  const end = body.length - (flags & CHECKSUM_PRESENT ? CHECKSUM_BYTES : 0);
  let command: Buffer | undefined;
  let sequence: Sequence | undefined;
  let offset = INT32_BYTES;
  while (offset < end) {
    const kind = body[offset];
    const section = sized(body.subarray(0, end), offset + 1);
    if (kind === 0 && command === undefined) command = section;
    else if (kind === 1 && sequence === undefined) sequence = decodeSequence(section);
    else throw new MalformedMessage(`section ${kind}`);
    offset += 1 + section.length;
  }
  if (command === undefined) throw new MalformedMessage("no command");
  return { command, sequence, wantsAnswer: (flags & MORE_TO_COME) === 0 };
}

function decodeSequence(section: Buffer): Sequence {
  const { text: name, next } = readText(section, INT32_BYTES);
  const documents = section.subarray(next);
  for (let offset = 0; offset < documents.length; offset += sized(documents, offset).length);
  return { name, documents };
}

function decodeQuery(body: Buffer): Buffer {
  const { text: collection, next } = readText(body, INT32_BYTES);
  if (!collection.endsWith(".$cmd")) throw new MalformedMessage("a query that is no command");
  // Two numbers in between: how many to skip, how many to return.
  return sized(body, next + 2 * INT32_BYTES);
}

/** What begins at `offset` with its own length: a BSON document, or a section. */
function sized(bytes: Buffer, offset: number): Buffer {
  const length = readInt32(bytes, offset);
  if (length < DOCUMENT_MIN_BYTES || offset + length > bytes.length) throw new MalformedMessage(`a part of ${length} bytes`);
  return bytes.subarray(offset, offset + length);
}

function readInt32(bytes: Buffer, offset: number): number {
  if (offset + INT32_BYTES > bytes.length) throw new MalformedMessage("it ends too early");
  return bytes.readInt32LE(offset);
}

function readText(bytes: Buffer, offset: number): { text: string; next: number } {
  const end = bytes.indexOf(0, offset);
  if (end < 0) throw new MalformedMessage("a text without an end");
  return { text: bytes.toString("utf8", offset, end), next: end + 1 };
}

/** Each document of a sequence that was decoded. */
export function documentsOf({ documents }: Sequence): Buffer[] {
  const all: Buffer[] = [];
  for (let offset = 0; offset < documents.length; ) {
    const document = sized(documents, offset);
    all.push(document);
    offset += document.length;
  }
  return all;
}

/** The bytes of an answer, in the form its request had. */
export function encodeAnswer({ id, form }: Pick<Request, "id" | "form">, document: Uint8Array): Buffer {
  const head = form === "message" ? messageHead() : queryHead();
  head.writeInt32LE(head.length + document.length, 0);
  head.writeInt32LE(id, 8);
  return Buffer.concat([head, document]);
}

/** Flags (none), and a section of kind 0. */
function messageHead(): Buffer {
  const head = Buffer.alloc(HEADER_BYTES + INT32_BYTES + 1);
  head.writeInt32LE(OP_MSG, 12);
  return head;
}

/** Flags, a cursor of 8 bytes, the first document's number, and how many there are. */
function queryHead(): Buffer {
  const head = Buffer.alloc(HEADER_BYTES + 5 * INT32_BYTES);
  head.writeInt32LE(OP_REPLY, 12);
  head.writeInt32LE(1, HEADER_BYTES + 4 * INT32_BYTES);
  return head;
}
