/**
 * What a caller's own URL may reach from this machine: the network that `npm start` gives to replays connects to no private address
 * and to none of our own, however it is named. The workerd of this test runs the very configuration of `npm start`, around a Worker
 * that asks for whatever it is told.
 */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import getPort from "get-port";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { HOST } from "../../dev/ports.ts";
import { deniedNetworks } from "../../dev/public-network.ts";
import { workerdBinary } from "../../dev/services/worker.ts";
import { workerdConfig } from "../../dev/workerd-config.ts";

const START_MS = 10_000;
const ASKING_WORKER = `export default { async fetch(request, env) {
  const asked = new URL(request.url);
  const from = asked.pathname === "/public" ? env.PUBLIC_INTERNET : { fetch: (request) => fetch(request) };
  const signal = AbortSignal.timeout(3000);
  try {
    const answer = await from.fetch(new Request(asked.searchParams.get("url"), { redirect: "manual", signal }));
    return new Response(String(answer.status));
  } catch {
    return new Response("no answer");
  }
} }`;

let hits = 0;
const target = createServer((_, response) => {
  hits += 1;
  response.end();
});
const folder = mkdtempSync(join(tmpdir(), "instanode-network-"));
const running = new AbortController();
let asker = "";
let port = 0;

beforeAll(async () => {
  // On every address of this machine, IPv4 and IPv6 alike.
  await new Promise<void>((resolve) => target.listen(0, "::", resolve));
  port = (target.address() as AddressInfo).port;
  const [apiPort, cronPort] = [await getPort(), await getPort()];
  writeFileSync(join(folder, "index.js"), ASKING_WORKER);
  copyFileSync(new URL("../../dev/sidecars/cron.js", import.meta.url), join(folder, "cron.js"));
  const config = workerdConfig({
    name: "asker",
    compatibilityDate: "2026-10-01",
    compatibilityFlags: [],
    modules: ["index.js"],
    durableObjects: [],
    durableObjectsPath: folder,
    assets: undefined,
    variables: [],
    deniedNetworks: deniedNetworks(),
    host: HOST,
    apiPort,
    cronPort,
  });
  writeFileSync(join(folder, "config.capnp"), config);
  const workerd = execa(workerdBinary(), ["serve", "--experimental", join(folder, "config.capnp")], {
    cancelSignal: running.signal,
    reject: false,
    stdio: "ignore",
  });
  workerd.catch(() => undefined);
  asker = `http://${HOST}:${apiPort}`;
  await vi.waitFor(async () => expect((await fetch(`${asker}/direct?url=x`)).status).toBe(200), { timeout: START_MS, interval: 50 });
});
afterAll(async () => {
  running.abort();
  await new Promise((resolve) => target.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

async function ask(how: "public" | "direct", host: string): Promise<{ answer: string; reached: boolean }> {
  const before = hits;
  const response = await fetch(`${asker}/${how}?url=${encodeURIComponent(`http://${host}:${port}/`)}`);
  return { answer: await response.text(), reached: hits > before };
}

const ofThisMachine = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ scopeid }) => !scopeid)
  .map(({ address, family }) => (family === "IPv6" ? `[${address}]` : address));

describe("the network of replays", () => {
  it("is what keeps them away: the Worker's own reaches this very server", async () => {
    for (const host of ["127.0.0.1", "localhost"]) expect(await ask("direct", host)).toEqual({ answer: "200", reached: true });
  });

  it.each([...new Set([...ofThisMachine, "127.0.0.1", "127.1.2.3", "0.0.0.0", "localhost", "2130706433", "0x7f000001", "[::1]", "[::]"])])(
    "does not reach this machine as %s",
    async (host) => expect(await ask("public", host)).toEqual({ answer: "no answer", reached: false }),
  );

  it.each(["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::7f00:1]"])(
    "does not reach it as %s, an IPv6 address that holds one of IPv4",
    async (host) => expect(await ask("public", host)).toEqual({ answer: "no answer", reached: false }),
  );

  it.each([
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "255.255.255.255",
    "[fe80::1]",
    "[fd00::1]",
    "[fec0::1]",
    "[2001:db8::1]",
    "[ff02::1]",
  ])("does not even try %s", async (host) => {
    const began = performance.now();
    expect((await ask("public", host)).answer).toBe("no answer");
    // Refused on the spot, not after a time without an answer.
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
