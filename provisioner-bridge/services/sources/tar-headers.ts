/**
 * What the headers of a tar say, read as its bytes pass. Nothing is held, except a few small files by name. `tar` decodes a header; the
 * blocks are walked here, because its stream parser reads pax records line by line and builders read them by their length: a value with
 * a line break would give one entry two paths.
 */
import { Header } from "tar";
import { SOURCE_ENTRIES_MAX, SOURCE_UNPACKED_MAX_BYTES } from "../../../contract/deploys.ts";
import { addEntry, emptyTree, TarballError } from "./paths.ts";
import { isNamed, type Names, namesFrom, noNames } from "./tar-names.ts";

const BLOCK_BYTES = 512;
/** Two blocks of zeros end an archive; more may follow, up to the size of a tape's record. */
const END_BYTES = 2 * BLOCK_BYTES;
/** Long names and pax headers. */
const META_MAX_BYTES = 65_536;
/** A pax header, a long name and a long link for each entry. */
const METAS_MAX = 3 * SOURCE_ENTRIES_MAX;
const KEPT_FILE_MAX_BYTES = 65_536;
const TYPE_OFFSET = 156;
const DIRECTORY_CODE = 0x35;
const SIZE_FIELD = [124, 136] as const;
const META_TYPES = new Set(["ExtendedHeader", "GlobalExtendedHeader", "NextFileHasLongPath", "NextFileHasLongLinkpath"]);
const FILE_TYPES = new Set(["File", "OldFile", "ContiguousFile"]);
const LINK_TYPES = new Set(["Link", "SymbolicLink"]);

export type TarFacts = {
  /** Paths of regular files at the root. */
  rootFiles: ReadonlySet<string>;
  /** Text of the files that were asked for, where they are small. */
  texts: ReadonlyMap<string, string>;
};

export type HeaderCheck = {
  /** @throws TarballError */
  write(chunk: Buffer): void;
  /** @throws TarballError */
  end(): TarFacts;
};

/** What follows a header: `size` bytes, padded to whole blocks. */
type Body = { remaining: number; size: number; taken: Buffer[] | null; done: (content: Buffer) => void };

/** Gives each entry to the rules of paths.ts, and bounds what an archive may hold. @param kept paths of files whose text is needed */
export function createHeaderCheck(kept: ReadonlySet<string>): HeaderCheck {
  const tree = emptyTree();
  const texts = new Map<string, string>();
  const block = Buffer.alloc(BLOCK_BYTES);
  const seen = { bytes: 0, claimedBytes: 0, entries: 0, metas: 0, blockBytes: 0, hasEnded: false };
  let names: Names = noNames;
  let body: Body | null = null;

  function bodyOf(size: number, done: Body["done"] | null): Body | null {
    const remaining = Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
    seen.claimedBytes += BLOCK_BYTES + remaining;
    if (seen.claimedBytes > SOURCE_UNPACKED_MAX_BYTES) throw new TarballError("too_large_unpacked");
    if (size > 0) return { remaining, size, taken: done === null ? null : [], done: done ?? (() => undefined) };
    done?.(Buffer.alloc(0));
    return null;
  }

  function metaOf(header: Header): Body | null {
    seen.metas += 1;
    if (seen.metas > METAS_MAX) throw new TarballError("too_many_entries");
    if (header.size === undefined || header.size > META_MAX_BYTES) throw new TarballError("bad_header");
    return bodyOf(header.size, (data) => {
      names = namesFrom(names, header.type, data);
    });
  }

  function entryOf(header: Header): Body | null {
    seen.entries += 1;
    if (seen.entries > SOURCE_ENTRIES_MAX) throw new TarballError("too_many_entries");
    const size = sizeOf(header, names, block);
    const entry = { path: names.path ?? header.path ?? "", type: header.type, linkpath: names.linkpath ?? header.linkpath };
    names = noNames;
    const place = addEntry(tree, entry);
    const isKept = place !== null && kept.has(place) && size <= KEPT_FILE_MAX_BYTES;
    return bodyOf(size, isKept ? (content) => texts.set(place, content.toString("utf8")) : null);
  }

  function afterHeader(): Body | null {
    const header = decoded(block);
    if (header.nullBlock) {
      if (isNamed(names)) throw new TarballError("bad_header");
      seen.hasEnded = true;
      return null;
    }
    if (!header.cksumValid) throw new TarballError("bad_header");
    return META_TYPES.has(header.type) ? metaOf(header) : entryOf(header);
  }

  /** @returns how many bytes of the chunk were read */
  function step(chunk: Buffer): number {
    if (seen.hasEnded) {
      requireZeros(chunk);
      return chunk.length;
    }
    if (body !== null) {
      const read = takeBody(body, chunk);
      if (body.remaining === 0) {
        body.done(Buffer.concat(body.taken ?? []).subarray(0, body.size));
        body = null;
      }
      return read;
    }
    const read = chunk.copy(block, seen.blockBytes);
    seen.blockBytes = (seen.blockBytes + read) % BLOCK_BYTES;
    if (seen.blockBytes === 0) body = afterHeader();
    return read;
  }

  return {
    write(chunk) {
      seen.bytes += chunk.length;
      if (seen.bytes > SOURCE_UNPACKED_MAX_BYTES + END_BYTES) throw new TarballError("too_large_unpacked");
      for (let rest = chunk; rest.length > 0; ) rest = rest.subarray(step(rest));
    },
    end() {
      const isTooShort = seen.bytes > 0 && seen.bytes < BLOCK_BYTES;
      if (!seen.hasEnded) throw new TarballError(isTooShort ? "bad_header" : "truncated");
      return { rootFiles: new Set([...tree.files].filter((path) => !path.includes("/"))), texts };
    },
  };
}

function takeBody(body: Body, chunk: Buffer): number {
  const part = chunk.subarray(0, body.remaining);
  body.remaining -= part.length;
  // A copy: the memory of a chunk is used again.
  body.taken?.push(Buffer.from(part));
  return part.length;
}

/** @throws TarballError: a number that is out of range */
function decoded(block: Buffer): Header {
  try {
    return new Header(block, 0);
  } catch (cause) {
    throw new TarballError("bad_header", { cause });
  }
}

/** How many bytes follow the header. Where programs disagree about it, an archive is refused. @throws TarballError */
function sizeOf(header: Header, names: Names, block: Buffer): number {
  const size = names.size ?? header.size;
  if (FILE_TYPES.has(header.type)) {
    if (size === undefined || !Number.isSafeInteger(size)) throw new TarballError("bad_header");
    return size;
  }
  if (LINK_TYPES.has(header.type) && size !== 0) throw new TarballError("bad_header");
  const isFileNamedAsFolder = header.type === "Directory" && block[TYPE_OFFSET] !== DIRECTORY_CODE;
  if (isFileNamedAsFolder && /[^0 \0]/.test(block.toString("latin1", ...SIZE_FIELD))) throw new TarballError("bad_header");
  return 0;
}

const ZEROS = Buffer.alloc(BLOCK_BYTES);

/** Only padding follows the end of an archive. @throws TarballError */
function requireZeros(chunk: Buffer): void {
  for (let at = 0; at < chunk.length; at += BLOCK_BYTES) {
    const part = chunk.subarray(at, at + BLOCK_BYTES);
    if (!part.equals(ZEROS.subarray(0, part.length))) throw new TarballError("bad_header");
  }
}
