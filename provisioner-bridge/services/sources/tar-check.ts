/** Reads the headers of a gzip'd tar while its bytes pass. Nothing is unpacked or held, except a few small files by name. */
import { createGunzip } from "node:zlib";
import { codeOf } from "../../../contract/causes.ts";
import { TarballError } from "./paths.ts";
import { createHeaderCheck, type TarFacts } from "./tar-headers.ts";

const GUNZIP_CHUNK_BYTES = 65_536;
const GZIP_MAGIC = [0x1f, 0x8b];

export type TarCheck = {
  /** Resolves when more can be taken. @throws TarballError */
  write(chunk: Buffer): Promise<void>;
  /** @throws TarballError */
  end(): Promise<TarFacts>;
  /** Frees it when the upload ended otherwise. */
  destroy(): void;
};

/** @param kept paths of files whose text is needed */
export function createTarCheck(kept: ReadonlySet<string>): TarCheck {
  const gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK_BYTES });
  const headers = createHeaderCheck(kept);
  let fedBytes = 0;
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
    gunzip.destroy();
  };
  gunzip.on("error", (error) => fail(gzipFailure(error, fedBytes)));
  gunzip.on("data", (chunk: Buffer) => {
    try {
      headers.write(chunk);
    } catch (error) {
      fail(error);
    }
  });
  const closed = new Promise<void>((resolve) => gunzip.once("close", () => resolve()));
  const check = () => {
    if (failure !== undefined) throw failure;
  };
  return {
    async write(chunk) {
      check();
      fedBytes += chunk.length;
      await new Promise<void>((resolve) => {
        gunzip.write(chunk, () => resolve());
        void closed.then(resolve);
      });
      check();
    },
    async end() {
      check();
      if (fedBytes === 0) throw new TarballError("truncated");
      gunzip.end();
      await closed;
      check();
      if (gunzip.bytesWritten < fedBytes) throw new TarballError("not_gzip");
      return headers.end();
    },
    destroy: () => gunzip.destroy(),
  };
}

function gzipFailure(cause: unknown, fedBytes: number): TarballError {
  const isCutOff = codeOf(cause) === "Z_BUF_ERROR" && fedBytes > GZIP_MAGIC.length;
  return new TarballError(isCutOff ? "truncated" : "not_gzip", { cause });
}
