/** A workerd of its own around the bare object, configured like the one of `npm start`. */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import getPort from "get-port";
import { HOST } from "../../../dev/ports.ts";
import { workerdBinary } from "../../../dev/services/worker.ts";
import { workerdConfig } from "../../../dev/workerd-config.ts";

const START_TIMEOUT_MS = 15_000;
const POLL_MS = 50;

export type BareWorker = { url: string; stop(): Promise<void> };

/** @param folder where its files and objects are; the caller removes it */
export async function startBareWorker(folder: string): Promise<BareWorker> {
  const objects = join(folder, "objects");
  mkdirSync(objects, { recursive: true });
  copyFileSync(new URL("./bare-object.js", import.meta.url), join(folder, "index.js"));
  copyFileSync(new URL("../../../dev/sidecars/cron.js", import.meta.url), join(folder, "cron.js"));
  const apiPort = await getPort();
  const config = workerdConfig({
    name: "bare",
    compatibilityDate: "2026-10-01",
    compatibilityFlags: [],
    modules: ["index.js"],
    durableObjects: [{ binding: "BARE_OBJECT", className: "BareObject" }],
    durableObjectsPath: objects,
    assets: undefined,
    variables: [],
    deniedNetworks: [],
    host: HOST,
    apiPort,
    cronPort: await getPort(),
  });
  writeFileSync(join(folder, "config.capnp"), config);
  const running = execa(workerdBinary(), ["serve", "--experimental", join(folder, "config.capnp")], { reject: false, stdio: "ignore" });
  const url = `http://${HOST}:${apiPort}/`;
  await untilUp(url);
  return {
    url,
    async stop() {
      running.kill("SIGTERM");
      await running;
    },
  };
}

async function untilUp(url: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const answer = await fetch(url, { method: "POST", body: "up?" }).catch(() => null);
    if (answer?.ok) return;
    if (performance.now() > deadline) throw new Error("the bare worker did not start");
    await delay(POLL_MS);
  }
}
