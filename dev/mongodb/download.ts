/** Downloads a real mongod. Where the download is not possible, that is known within seconds. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import pTimeout from "p-timeout";
import { cacheFolder } from "../data/cache.ts";
import { type ProgressSink, step } from "../progress.ts";

const VERSION = "8.0.4";
const SOURCE = "https://fastdl.mongodb.org";
const PROBE_TIMEOUT_MS = 4_000;
const DOWNLOAD_TIMEOUT_MS = 300_000;

const folder = (): string => join(cacheFolder(undefined), "mongod");

/** One that was downloaded before. */
export async function findDownloaded(): Promise<string | null> {
  if (!existsSync(folder())) return null;
  const { DryMongoBinary } = await import("mongodb-memory-server-core");
  return (await DryMongoBinary.locateBinary({ version: VERSION, downloadDir: folder() })) ?? null;
}

/** @returns null without a network, or without a build for this system */
export async function downloadMongod(log: ProgressSink): Promise<string | null> {
  const isReachable = await fetch(SOURCE, { method: "HEAD", signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }).then(
    () => true,
    () => false,
  );
  if (!isReachable) return null;
  const { MongoBinary } = await import("mongodb-memory-server-core");
  try {
    return await step(log, "mongodb", `fetching mongod ${VERSION}`, async () => {
      const download = MongoBinary.getPath({ version: VERSION, downloadDir: folder() });
      return pTimeout(download, { milliseconds: DOWNLOAD_TIMEOUT_MS, message: "it took too long" });
    });
  } catch {
    return null;
  }
}
