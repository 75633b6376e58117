/** The store of uploaded sources on this machine: a file each, and a row that says what it is. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type pg from "pg";
import { Header } from "tar";
import { SOURCE_MAX_BYTES, type Source } from "../../../contract/deploys.ts";
import type { Log } from "../../log.ts";
import type { Clock } from "../../ports/clock.ts";
import { diskFreePercent } from "../../ports/disk.ts";
import { Refusal } from "../../refusal.ts";
import { withRegistry } from "../../registry/database.ts";
import { deleteSource, insertSource, readSource, unusedSources } from "../../registry/sources.ts";
import { TarballError } from "./paths.ts";
import { READ_FILES, recognize } from "./recipes.ts";
import type { BuildContext, Sources } from "./sources.ts";
import { createTarCheck } from "./tar-check.ts";
import type { TarFacts } from "./tar-headers.ts";

const MINUTE_MS = 60_000;
/** A source is used within seconds, unless the Worker died meanwhile. */
const UNUSED_AFTER_MS = 60 * MINUTE_MS;
const SWEEP_EVERY_MS = 10 * MINUTE_MS;
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
const BLOCK_BYTES = 512;

export type SourceStoreOptions = {
  folder: string;
  /** Below it, uploads are refused. */
  diskFreeMinPercent: number;
  registry: pg.Pool;
  clock: Clock;
  log: Log;
};

/** Uploads that were cut off by a crash are removed at start; sources that no release uses, from time to time. */
export function createSourceStore({ folder, diskFreeMinPercent, registry, clock, log }: SourceStoreOptions): Sources {
  const ready = mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER }).then(() => removePartial(folder));
  ready.catch((err: unknown) => log.error({ err }, "the folder of sources cannot be used"));
  const fileOf = (sourceId: string) => join(folder, `${sourceId}.tar.gz`);

  const drop = async (sourceId: string): Promise<void> => {
    await rm(fileOf(sourceId), { force: true });
    await withRegistry(registry, (query) => deleteSource(query, sourceId));
  };
  const sweep = async (): Promise<void> => {
    const before = new Date(clock.now().getTime() - UNUSED_AFTER_MS);
    for (const id of await withRegistry(registry, (query) => unusedSources(query, before))) await drop(id);
  };
  let cancel = () => {};
  const sweepLater = () => {
    cancel = clock.after(SWEEP_EVERY_MS, () => {
      sweep()
        .catch((err: unknown) => log.warn({ err }, "unused sources could not be removed"))
        .finally(sweepLater);
    });
  };
  sweepLater();

  return {
    async store(sourceId, body) {
      await ready;
      if (((await diskFreePercent(folder)) ?? 0) < diskFreeMinPercent) throw new Refusal("no_disk_space");
      const partial = `${fileOf(sourceId)}.partial`;
      try {
        const { facts, bytes, sha256 } = await receive(body, partial);
        const { recipe, dockerfile, hasRun } = recognized(facts);
        const row = { source_id: sourceId, bytes, sha256, recipe, dockerfile, has_run: hasRun };
        // The row first: a file without one would never be swept.
        await withRegistry(registry, (query) => insertSource(query, row, clock.now()));
        await rename(partial, fileOf(sourceId));
        return { id: sourceId, bytes, sha256, recipe } satisfies Source;
      } catch (error) {
        await rm(partial, { force: true });
        throw error instanceof TarballError ? new Refusal("invalid_tarball", { cause: error, reason: error.reason }) : error;
      }
    },
    async context(sourceId) {
      const row = await withRegistry(registry, (query) => readSource(query, sourceId));
      if (row === null) throw new Refusal("unknown_source");
      return { ...contextOf(createReadStream(fileOf(sourceId)), sourceId, row.dockerfile), hasRun: row.has_run };
    },
    drop,
    stop: () => cancel(),
  };
}

async function removePartial(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name.endsWith(".partial")) await rm(join(folder, name), { force: true });
}

/** Writes the upload to a file while it is checked. @throws TarballError; Refusal tarball_too_large */
async function receive(body: Readable, path: string): Promise<{ facts: TarFacts; bytes: number; sha256: string }> {
  const check = createTarCheck(READ_FILES);
  const hash = createHash("sha256");
  const file = await open(path, "w", PRIVATE_FILE);
  let bytes = 0;
  try {
    for await (const chunk of bytesOf(body)) {
      bytes += chunk.length;
      if (bytes > SOURCE_MAX_BYTES) throw new Refusal("tarball_too_large");
      hash.update(chunk);
      await Promise.all([file.appendFile(chunk), check.write(chunk)]);
    }
    const facts = await check.end();
    await file.sync();
    return { facts, bytes, sha256: hash.digest("hex") };
  } finally {
    check.destroy();
    await file.close();
  }
}

/** The chunks of a stream that has no encoding and is not in object mode are buffers. */
const bytesOf = (body: Readable): AsyncIterable<Buffer> => body;

/** @throws Refusal missing_dockerfile */
function recognized(facts: TarFacts) {
  const known = recognize(facts);
  if (known === null) throw new Refusal("missing_dockerfile");
  return known;
}

/** A written Dockerfile comes first, as an entry of its own: the source itself stays as it was sent. */
function contextOf(file: Readable, sourceId: string, written: string | null): Omit<BuildContext, "hasRun"> {
  const gunzip = createGunzip();
  file.once("error", (error) => gunzip.destroy(error));
  file.pipe(gunzip);
  gunzip.once("close", () => file.destroy());
  if (written === null) return { context: gunzip, dockerfile: "Dockerfile", written };
  const dockerfile = `.instanode-${sourceId.slice(0, 8)}.Dockerfile`;
  return { context: Readable.from(withEntry(dockerfile, written, gunzip), { objectMode: false }), dockerfile, written };
}

async function* withEntry(path: string, text: string, rest: Readable): AsyncGenerator<Buffer> {
  const content = Buffer.from(text);
  const header = Buffer.alloc(BLOCK_BYTES);
  new Header({ path, mode: 0o644, size: content.length, type: "File", mtime: new Date(0), uid: 0, gid: 0 }).encode(header, 0);
  yield header;
  yield Buffer.concat([content, Buffer.alloc((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES)]);
  for await (const chunk of rest) yield Buffer.from(chunk);
}
