/** Builds and runs containers that try to reach this machine and each other. docs/deploys.md, "Isolation". */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { Header } from "tar";
import { type Clock, wait } from "../../ports/clock.ts";
import type { Driver, ReleaseRef } from "../driver.ts";
import type { Forbidden } from "./places.ts";
import { NEIGHBOUR, PROBER } from "./refs.ts";

const SCRIPT = readFileSync(new URL("probe.sh", import.meta.url), "utf8");
const PORT = 8_080;
const LIMITS = { memory_mb: 64, cpu: 0.5, disk_mb: 64 };
const ANSWER_TRIES = 50;
const ANSWER_INTERVAL_MS = 100;
const CONNECT_TIMEOUT_MS = 1_000;
const LOG_LINES_MAX = 1_000;
const BLOCK_BYTES = 512;
const TAR_END = Buffer.alloc(2 * BLOCK_BYTES);

export type ProbeDeps = {
  driver: Driver;
  clock: Clock;
  /** Has a shell, `nc`, `httpd`, `ip`, `awk` and `timeout`. */
  image: string;
  /** Opens what must not be reached, for the time of one run. */
  openForbidden(): Promise<Forbidden>;
  /** Makes every build a new one, whose steps really run. */
  nonce(): string;
};

/**
 * @returns the places that a container reached, none when it is isolated
 * @throws when the probes cannot run to their end: nothing is known then
 */
export async function findReachable(deps: ProbeDeps, signal: AbortSignal): Promise<string[]> {
  const forbidden = await deps.openForbidden();
  try {
    await clear(deps.driver);
    const neighbour = await startNeighbour(deps, signal);
    const places = [...forbidden.places, neighbour];
    const built = await probeInBuild(deps, places, signal);
    const run = await probeInContainer(deps, places, signal);
    return [...built.map((place) => `${place} from a build`), ...run.map((place) => `${place} from an app`)];
  } finally {
    forbidden.close();
    await clear(deps.driver);
  }
}

/** Idempotent: also removes what an earlier process left. */
async function clear(driver: Driver): Promise<void> {
  await Promise.all(
    [NEIGHBOUR, PROBER].map(async (ref) => {
      await driver.removeContainer(ref);
      await driver.removeImage(ref);
      await driver.removeNetwork(ref.serviceId);
    }),
  );
}

/** @returns its place. It answers this machine, so that it would answer a container which is not kept from it. */
async function startNeighbour(deps: ProbeDeps, signal: AbortSignal): Promise<string> {
  await build(deps, NEIGHBOUR, "", signal);
  await start(deps, NEIGHBOUR, { SERVE: String(PORT) });
  for (let tries = 0; tries < ANSWER_TRIES; tries += 1) {
    signal.throwIfAborted();
    const address = (await deps.driver.inspect(NEIGHBOUR))?.address;
    if (address != null && (await accepts(address))) return address;
    await wait(deps.clock, ANSWER_INTERVAL_MS);
  }
  throw new Error("the probe's neighbour does not answer this machine");
}

async function probeInBuild(deps: ProbeDeps, places: readonly string[], signal: AbortSignal): Promise<string[]> {
  const step = `ARG NONCE=${deps.nonce()}\nRUN NONCE=$NONCE PLACES="${places.join(" ")}" sh /probe.sh\n`;
  return reachedIn(await build(deps, PROBER, step, signal), places);
}

async function probeInContainer(deps: ProbeDeps, places: readonly string[], signal: AbortSignal): Promise<string[]> {
  await start(deps, PROBER, { PLACES: places.join(" ") });
  const lines: string[] = [];
  for await (const { text } of deps.driver.logs(PROBER, { tail: LOG_LINES_MAX, follow: true, signal })) {
    lines.push(text);
    if (text === "done") break;
  }
  signal.throwIfAborted();
  return reachedIn(lines, places);
}

/** @throws unless every place was tried */
export function reachedIn(lines: readonly string[], places: readonly string[]): string[] {
  const said = lines.map((line) => line.trim());
  if (!said.some((line) => /^gateway [\d.]+$/.test(line))) throw new Error("a probe has no network of its own");
  const reached = places.filter((place) => said.includes(`open ${place}`));
  const missing = places.filter((place) => !reached.includes(place) && !said.includes(`closed ${place}`));
  if (missing.length > 0) throw new Error(`a probe ended before it had tried ${missing.length} of ${places.length} places`);
  return reached;
}

/** @returns what the build printed */
async function build({ driver, image }: ProbeDeps, ref: ReleaseRef, step: string, signal: AbortSignal): Promise<string[]> {
  const dockerfile = `FROM ${image}\nCOPY probe.sh /probe.sh\n${step}CMD ["sh", "/probe.sh"]\n`;
  const entries = { Dockerfile: dockerfile, "probe.sh": SCRIPT };
  const context = Readable.from([...Object.entries(entries).map(([path, text]) => entryOf(path, text)), TAR_END], { objectMode: false });
  const lines: string[] = [];
  await driver.build({
    ...ref,
    context,
    dockerfile: "Dockerfile",
    hasRun: false,
    onLine: (text) => lines.push(...text.split("\n")),
    signal,
  });
  return lines;
}

function entryOf(path: string, text: string): Buffer {
  const content = Buffer.from(text);
  const header = Buffer.alloc(BLOCK_BYTES);
  new Header({ path, mode: 0o644, size: content.length, type: "File", mtime: new Date(0), uid: 0, gid: 0 }).encode(header, 0);
  return Buffer.concat([header, content, Buffer.alloc((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES)]);
}

async function start({ driver }: ProbeDeps, ref: ReleaseRef, variables: Record<string, string>): Promise<void> {
  await driver.ensureNetwork(ref.serviceId);
  await driver.start({ ...ref, imageRelease: ref.release, port: PORT, variables, limits: LIMITS });
}

function accepts(address: string): Promise<boolean> {
  const [host = "", port] = address.split(":");
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: CONNECT_TIMEOUT_MS });
    const end = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket
      .on("connect", () => end(true))
      .on("error", () => end(false))
      .on("timeout", () => end(false));
  });
}
