/** Tries connections from inside a container, and says of each what came back. */
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { connect } from "node:net";

const TIMEOUT_MS = 2_500;
/** Longer than any answer of this machine takes. */
const UDP_TIMEOUT_MS = 700;
/** Below the firewall's bound of new connections a second. */
const BATCH = 8;
const BATCH_MS = 100;

/** The address of this machine on the container's own network. */
export function gateway() {
  const routes = readFileSync("/proc/net/route", "utf8").split("\n").slice(1);
  const [, , address = ""] = routes.map((line) => line.split("\t")).find(([, destination]) => destination === "00000000") ?? [];
  return (address.match(/../g) ?? [])
    .map((byte) => Number.parseInt(byte, 16))
    .reverse()
    .join(".");
}

/** @returns "open", an error's code such as ECONNREFUSED, or "timeout" */
export function tryTcp({ host, port, timeoutMs = TIMEOUT_MS }) {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (result) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end("timeout"), timeoutMs);
    socket.on("connect", () => end("open")).on("error", (error) => end(error.code));
  });
}

/** "open" when anything comes back. */
export function tryUdp({ host, port }) {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const end = (result) => {
      clearTimeout(timer);
      socket.close();
      resolve(result);
    };
    const timer = setTimeout(() => end("timeout"), UDP_TIMEOUT_MS);
    socket.on("message", () => end("open")).on("error", (error) => end(error.code));
    socket.connect(port, host, () => socket.send("hello"));
  });
}

/** @param targets {host, port, protocol}[]; the host "gateway" is this machine. @returns results in the same order */
export async function tryAll(targets) {
  const results = [];
  for (let begun = 0; begun < targets.length; begun += BATCH) {
    for (const { host, ...target } of targets.slice(begun, begun + BATCH)) {
      const act = target.protocol === "udp" ? tryUdp : tryTcp;
      const since = Date.now();
      const result = act({ ...target, host: host === "gateway" ? gateway() : host });
      results.push(result.then((answer) => ({ answer, ms: Date.now() - since })));
    }
    await new Promise((resolve) => setTimeout(resolve, BATCH_MS));
  }
  return Promise.all(results);
}
