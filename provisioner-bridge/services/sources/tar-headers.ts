/** What the headers of a tar say, read as its bytes pass. Nothing is held, except a few small files by name. */
import { Parser, type ReadEntry } from "tar";
import { SOURCE_ENTRIES_MAX, SOURCE_UNPACKED_MAX_BYTES } from "../../../contract/deploys.ts";
import { addEntry, emptyTree, TarballError } from "./paths.ts";

const BLOCK_BYTES = 512;
/** Two blocks of zeros end an archive; more may follow, up to the size of a tape's record. */
const END_BYTES = 2 * BLOCK_BYTES;
/** Long names and pax headers. */
const META_MAX_BYTES = 65_536;
const KEPT_FILE_MAX_BYTES = 65_536;
/** The parser cuts a name at NUL, and other programs do not. */
const NUL_IN_PATH = /(?:^|\n)\d+ (?:link)?path=[^\n]*\0/;
const GZIP_MAGIC = [0x1f, 0x8b];

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
  end(): Promise<TarFacts>;
};

/** Gives each entry to the rules of paths.ts, and bounds what an archive may hold. @param kept paths of files whose text is needed */
export function createHeaderCheck(kept: ReadonlySet<string>): HeaderCheck {
  const tree = emptyTree();
  const texts = new Map<string, string>();
  /** `endOffset`: where the archive should end, by its headers. */
  const seen = { entries: 0, bytes: 0, endOffset: 0, hasEnded: false };
  let failure: unknown;
  const note = (check: () => void): void => {
    try {
      check();
    } catch (error) {
      failure ??= error;
    }
  };
  const check = (): void => {
    if (failure !== undefined) throw failure;
  };

  const parser = new Parser({
    strict: true,
    maxMetaEntrySize: META_MAX_BYTES,
    onReadEntry: (entry) => {
      note(() => {
        count(seen, entry);
        const place = addEntry(tree, { path: entry.path, type: entry.type, linkpath: entry.linkpath });
        if (place !== null && kept.has(place) && entry.size <= KEPT_FILE_MAX_BYTES) keepText(entry, (text) => texts.set(place, text));
      });
      entry.resume();
    },
  });
  parser.on("meta", (text: string) => {
    if (NUL_IN_PATH.test(text)) failure ??= new TarballError("unsafe_path");
    seen.endOffset += BLOCK_BYTES + Math.ceil(Buffer.byteLength(text) / BLOCK_BYTES) * BLOCK_BYTES;
  });
  parser.on("ignoredEntry", () => {
    failure ??= new TarballError("bad_header");
  });
  parser.on("eof", () => {
    seen.hasEnded = true;
  });
  parser.on("error", (error: Error) => {
    failure ??= tarFailure(error);
  });

  return {
    write(chunk) {
      if (seen.bytes === 0 && GZIP_MAGIC.every((byte, index) => chunk[index] === byte)) throw new TarballError("bad_header");
      const chunkOffset = seen.bytes;
      seen.bytes += chunk.length;
      if (seen.bytes > SOURCE_UNPACKED_MAX_BYTES + END_BYTES) throw new TarballError("too_large_unpacked");
      if (!seen.hasEnded) parser.write(chunk);
      check();
      if (seen.hasEnded && hasData(chunk, seen.endOffset - chunkOffset)) throw new TarballError("bad_header");
    },
    async end() {
      if (seen.bytes === 0) throw new TarballError("truncated");
      await new Promise<void>((resolve) => {
        parser.once("end", resolve);
        parser.once("error", () => resolve());
        parser.end();
      });
      check();
      return { rootFiles: new Set([...tree.files].filter((path) => !path.includes("/"))), texts };
    },
  };
}

/** @throws TarballError */
function count(seen: { entries: number; endOffset: number }, entry: ReadEntry): void {
  // A size that is no number has become 0.
  if (entry.header.size === undefined || !Number.isSafeInteger(entry.size) || entry.size < 0) throw new TarballError("bad_header");
  seen.entries += 1;
  seen.endOffset += BLOCK_BYTES + entry.startBlockSize;
  if (seen.entries > SOURCE_ENTRIES_MAX) throw new TarballError("too_many_entries");
  if (seen.endOffset > SOURCE_UNPACKED_MAX_BYTES) throw new TarballError("too_large_unpacked");
}

function keepText(entry: ReadEntry, keep: (text: string) => void): void {
  const parts: Buffer[] = [];
  entry.on("data", (part: Buffer) => parts.push(part));
  entry.on("end", () => keep(Buffer.concat(parts).toString("utf8")));
}

/** Whether anything but zeros follows `from`. */
function hasData(chunk: Buffer, from: number): boolean {
  for (let index = Math.max(0, from); index < chunk.length; index += 1) if (chunk[index] !== 0) return true;
  return false;
}

function tarFailure(cause: Error): TarballError {
  return new TarballError(/truncated/i.test(cause.message) ? "truncated" : "bad_header", { cause });
}
