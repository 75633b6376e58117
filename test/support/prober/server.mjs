/** Does from inside an app what a request tells it: tries connections, holds some open, shows what it sees of the machine. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { gateway, tryAll } from "./tries.mjs";

const held = new Set();

/** Opens connections and keeps them. @returns how many of `count` opened, and the codes of those that did not */
async function hold({ host, port, count, perBatch, batchMs, waitMs }) {
  const codes = {};
  let opened = 0;
  for (let begun = 0; begun < count; begun += perBatch) {
    for (let index = begun; index < Math.min(count, begun + perBatch); index += 1) {
      const socket = connect({ host, port });
      held.add(socket);
      socket.on("connect", () => {
        opened += 1;
      });
      socket.on("error", ({ code }) => {
        codes[code] = (codes[code] ?? 0) + 1;
      });
    }
    await new Promise((resolve) => setTimeout(resolve, batchMs));
  }
  const until = Date.now() + waitMs;
  const ended = () => opened + Object.values(codes).reduce((sum, number) => sum + number, 0);
  while (ended() < count && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  return { opened, codes, waiting: count - ended() };
}

function release() {
  for (const socket of held) socket.destroy();
  held.clear();
  return {};
}

function sees() {
  const read = (path) => readFileSync(path, "utf8");
  return {
    gateway: gateway(),
    mounts: read("/proc/self/mountinfo"),
    unixSockets: read("/proc/net/unix"),
    sockets: ["/run/podman", "/var/run/docker.sock", "/run/docker.sock", "/run/containerd"].filter(existsSync),
    processes: readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length,
    status: read("/proc/self/status"),
    uidMap: read("/proc/self/uid_map"),
    cgroups: read("/proc/self/cgroup"),
  };
}

const built = () => ({ ...JSON.parse(readFileSync("built.json", "utf8")), npm: readFileSync("npm.txt", "utf8") });
const ACTS = { "/tries": tryAll, "/hold": hold, "/release": release, "/sees": sees, "/built": built };

createServer(async (request, answer) => {
  const act = ACTS[request.url];
  if (act === undefined) return answer.end("prober");
  const body = await text(request);
  answer.end(JSON.stringify(await act(body === "" ? undefined : JSON.parse(body))));
}).listen(process.env.PORT);
