/**
 * `node test/bench/ingress/main.ts`: requests per second through an app's URL (TLS, look-up, access) beside the app's own port, in turns,
 * with 16 kept connections. Read the ratio: the load takes the same processors.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get as getPlain, Agent as PlainAgent } from "node:http";
import { Agent, get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDataDirectory, removeDataDirectory } from "../../../dev/data/directory.ts";
import { freePort } from "../../../dev/ports.ts";
import { silentProgress } from "../../../dev/progress.ts";
import { ensurePresent } from "../../../dev/service.ts";
import { ingress } from "../../../dev/services/ingress.ts";
import { haproxy, ingressSchema } from "../../../provisioner-bridge/ingress/haproxy/proxy.ts";

const CONNECTIONS = 16;
const TURNS = 9;
const TURN_MS = 1_000;
const GOAL = 0.5;
const HOST = "127.0.0.1";
const APP_ID = "aaaaaaaa";
const host = `${APP_ID}.deployment.localhost`;

type Call = (done: (status: number) => void) => void;

const folder = mkdtempSync(join(tmpdir(), "instanode-bench-"));
const paths = openDataDirectory(join(folder, "data"));
const port = await freePort();
const proxied = ingress({ paths, port }, { logsDir: paths.logs, restartCrashed: false, log: silentProgress });
const app = spawn(process.execPath, [join(import.meta.dirname, "app.ts")], { stdio: ["ignore", "pipe", "inherit"] });
try {
  await ensurePresent(proxied, silentProgress);
  await proxied.start();
  await proxied.ready();
  const appPort = Number(String(await once(app.stdout, "data")));
  const route = { serviceId: APP_ID, release: 1, upstream: `${HOST}:${appPort}`, access: { is_private: false, allowed_ips: [] } };
  await haproxy(ingressSchema.parse(JSON.parse(proxied.bridgeEnvironment().BRIDGE_INGRESS ?? ""))).apply([{ appId: APP_ID, ...route }]);
  await compare(direct(appPort), routed(readFileSync(proxied.rootCertificate)));
} finally {
  app.kill();
  await proxied.stop();
  removeDataDirectory(paths.dataDir);
  rmSync(folder, { recursive: true, force: true });
}
process.exit();

async function compare(own: Call, through: Call): Promise<void> {
  const ratios: number[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const [ownRate, routeRate] = [await rate(own), await rate(through)];
    ratios.push(routeRate / ownRate);
    console.log(`own port ${ownRate.toFixed(0)}/s, through the route ${routeRate.toFixed(0)}/s: ${(routeRate / ownRate).toFixed(2)}`);
  }
  const median = ratios.sort((a, b) => a - b)[Math.floor(TURNS / 2)] ?? 0;
  console.log(`median ${median.toFixed(2)} (goal: at least ${GOAL})`);
  if (median < GOAL) process.exitCode = 1;
}

function direct(appPort: number): Call {
  const agent = new PlainAgent({ keepAlive: true, maxSockets: CONNECTIONS });
  return (done) =>
    void getPlain({ host: HOST, port: appPort, agent }, (answer) => answer.resume().on("end", () => done(answer.statusCode ?? 0)));
}

function routed(ca: Buffer): Call {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const options = { host: HOST, port, ca, agent, servername: host, headers: { host } };
  return (done) => void get(options, (answer) => answer.resume().on("end", () => done(answer.statusCode ?? 0)));
}

/** Answers a second. @throws Error when one is not a 200 */
async function rate(call: Call): Promise<number> {
  const begun = performance.now();
  let answers = 0;
  const one = () =>
    new Promise<void>((resolve, reject) =>
      call((status) => {
        answers += 1;
        if (status === 200) resolve();
        else reject(new Error(`the app's URL answered ${status}`));
      }),
    );
  const load = async () => {
    while (performance.now() - begun < TURN_MS) await one();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, load));
  return (answers / (performance.now() - begun)) * 1_000;
}
