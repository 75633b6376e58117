/** What an app and a build reach: docs/deploys.md, "Isolation". Every listening port of this machine is tried from inside of both. */
import { networkInterfaces } from "node:os";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createNames } from "../../provisioner-bridge/services/docker/names.ts";
import { accepted, decided, type Item, postDeploy } from "../support/apps.ts";
import { containerOf, hasFirewall, prefixOf, whileOpen } from "../support/apps-firewall.ts";
import { type AccountWithKey, accountWithKey, api, stack } from "../support/apps-stack.ts";
import { addresses, listeners, type OpenServer, openServer } from "../support/machine.ts";
import { type Prober, proberAt, proberFiles, type Target } from "../support/prober/deploy.ts";

const OPEN_CONNECTIONS_MAX = 512;
const NEW_CONNECTIONS_BURST = 200;
const APP_PORT = 8080;
const NPM_TIMEOUT_MS = 20_000;
/** No address of this machine. The firewall takes it for a public one, as TEST-NET-2 is in no list of private networks. */
const PUBLIC = "198.51.100.7";
const AT_ONCE_MS = 900;

const portOf = (url: string): number => Number(new URL(url).port);
const placeOf = ({ host, port, protocol = "tcp" }: Target): string => `${host}:${port}/${protocol}`;

describe.skipIf(!hasFirewall)("isolation", () => {
  let server: OpenServer;
  let account: AccountWithKey;
  let prober: Prober;
  let neighbour: Prober;
  let app: Item;
  let neighbours: { same: string; other: string; gateways: string[] };
  let internal: { host: string; port: number };
  /** Every port of the machine at every one of its addresses. */
  let targets: Target[];
  let built: Awaited<ReturnType<Prober["built"]>>;

  const healthy = async (owner: AccountWithKey, name: string, build: readonly Target[] = []): Promise<Item> => {
    const { app_id } = accepted(await postDeploy(api, owner.bearer, { name, files: proberFiles(build) }));
    const item = await decided(api, owner.bearer, app_id);
    expect(item, JSON.stringify(item.failure)).toMatchObject({ status: "healthy" });
    return item;
  };

  /** @returns the places that answered */
  const opened = (tried: readonly Target[], results: readonly { answer: string }[]): string[] => {
    expect(results).toHaveLength(tried.length);
    return tried
      .filter((_, index) => results[index]?.answer === "open")
      .map(placeOf)
      .sort();
  };

  beforeAll(async () => {
    server = await openServer();
    const [first, second] = await Promise.all([accountWithKey("pro"), accountWithKey("hobby")]);
    account = first;
    const created = await api.call("POST", "/db/new", { headers: account.bearer, body: { name: "inside" } });
    const { hostname, port } = new URL(z.looseObject({ internal_url: z.string() }).parse(created.body).internal_url);
    internal = { host: hostname, port: Number(port) };
    const [same, other] = await Promise.all([healthy(first, "same-team"), healthy(second, "other-team")]);
    const containers = await Promise.all([same, other].map(({ app_id }) => containerOf(stack, app_id)));
    const [ofSame, ofOther] = containers.map(({ address }) => address);
    neighbours = { same: ofSame ?? "", other: ofOther ?? "", gateways: containers.map(({ gateway }) => gateway) };
    neighbour = proberAt(same.url, stack.appsCaFile);
    targets = await everyPort();
    app = await healthy(first, "prober", [...targets, ...forbidden()]);
    prober = proberAt(app.url, stack.appsCaFile);
    built = await prober.built();
  });
  afterAll(() => server?.close());

  async function everyPort(): Promise<Target[]> {
    const found = await listeners();
    expect(found).toContainEqual({ protocol: "tcp", address: "*", port: server.tcp });
    expect(found).toContainEqual({ protocol: "udp", address: "0.0.0.0", port: server.udp });
    const hosts = ["gateway", internal.host, ...addresses().slice(0, 1)];
    const everywhere = hosts.flatMap((host) => found.map(({ port, protocol }): Target => ({ host, port, protocol })));
    // Addresses of other programs: where they listen, no more.
    const elsewhere = found.filter(({ address }) => /^\d/.test(address) && !address.startsWith("127.") && address !== "0.0.0.0");
    const all = [...everywhere, ...elsewhere.map(({ address, port, protocol }): Target => ({ host: address, port, protocol }))];
    return [...new Map(all.map((target) => [placeOf(target), target])).values()];
  }

  /** What neither an app nor a build may reach, and why it might. */
  function forbidden(): Target[] {
    return [
      { host: neighbours.same, port: APP_PORT },
      { host: neighbours.other, port: APP_PORT },
      ...neighbours.gateways.map((host) => ({ host, port: server.tcp })),
      { host: "127.0.0.1", port: portOf(stack.bridgeUrl) },
    ];
  }

  const tenantServers = (): string[] =>
    Object.values(stack.engineUrls)
      .map((url) => placeOf({ host: internal.host, port: portOf(url) }))
      .sort();

  describe("of this machine's ports", () => {
    it("this machine itself reaches the test's server at each address, so that a refusal from inside says something", async () => {
      for (const host of [internal.host, ...addresses()]) {
        await expect(fetchesTcp(host, server.tcp), host).resolves.toBe(true);
      }
    });

    it("an app reaches tenants' servers at their internal address and none else", async () => {
      expect(opened(targets, await prober.tries(targets))).toEqual(tenantServers());
    });

    it("a build reaches none", () => {
      expect(opened(targets, built.tries.slice(0, targets.length))).toEqual([]);
    });

    it.each<[string, () => number]>([
      ["the bridge", () => portOf(stack.bridgeUrl)],
      ["the platform database and the registry", () => portOf(stack.platformUrl)],
      ["the SQL endpoint", () => portOf(stack.sqlUrl)],
      ["the Worker, with the dev mailbox", () => portOf(stack.apiUrl)],
      ["the cron endpoint", () => portOf(stack.cronUrl)],
      ["the proxy in front of the apps", () => portOf(app.url)],
    ])("%s is among those tried", (_what, port) => {
      for (const host of ["gateway", internal.host]) expect(targets).toContainEqual({ host, port: port(), protocol: "tcp" });
    });

    it("an IPv6 address of the container's own network answers neither", async () => {
      const { network } = await containerOf(stack, app.app_id);
      const device = createNames(prefixOf(stack)).interfaceOf(network);
      const found = (networkInterfaces()[device] ?? []).filter(({ family }) => family === "IPv6");
      expect(found.map(({ address }) => address)).not.toEqual([]);
      const tries = found.map(({ address }) => ({ host: `${address}%eth0`, port: server.tcp }));
      const results = await prober.tries(tries);
      expect(results.map(({ answer }) => answer)).toEqual(tries.map(() => "timeout"));
    });
  });

  describe("other apps", () => {
    it("do not answer an app or a build: of the same team, of another team, and through the gateway of their network", async () => {
      await expect(fetchesTcp(neighbours.same, APP_PORT)).resolves.toBe(true);
      expect(opened(forbidden(), await prober.tries(forbidden()))).toEqual([]);
      expect(opened(forbidden(), built.tries.slice(targets.length))).toEqual([]);
    });
  });

  describe("other addresses", () => {
    it.each(["169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1"])("%s is refused at once", async (host) => {
      const [result] = await prober.tries([{ host, port: 80 }]);
      expect(result?.answer).toMatch(/^E(HOSTUNREACH|CONNREFUSED|NETUNREACH|ACCES)$/);
      expect(result?.ms).toBeLessThan(AT_ONCE_MS);
    });

    it.each([25, 465])("port %i of a public address is refused at once", async (port) => {
      const [result] = await prober.tries([{ host: PUBLIC, port }]);
      expect(result?.answer).toBe("ECONNREFUSED");
      expect(result?.ms).toBeLessThan(AT_ONCE_MS);
    });

    it("port 587 is not refused by this machine", async () => {
      const [result] = await prober.tries([{ host: PUBLIC, port: 587 }]);
      expect(result?.answer).not.toBe("ECONNREFUSED");
    });

    it("a build reaches npm's registry", async (context) => {
      const { stdout, failed } = await execa("npm", ["view", "is-number", "version"], { reject: false, timeout: NPM_TIMEOUT_MS });
      context.skip(failed, "this machine itself does not reach npm's registry");
      expect(built.npm.trim()).toBe(stdout.trim());
    });
  });

  describe("a container", () => {
    it("has no socket of an engine and no folder of this machine", async () => {
      const { sockets, mounts, unixSockets } = await prober.sees();
      expect(sockets).toEqual([]);
      expect(mounts).not.toContain("engine.sock");
      expect(unixSockets.split("\n").filter((line) => line.includes("@"))).toEqual([]);
    });
  });

  describe("the bounds of connections", () => {
    const rest = { perBatch: 8, batchMs: 100, waitMs: 4_000 };

    it("one app has 512 open at most; a neighbour still connects, and a closed one makes room", async () => {
      const place = { host: internal.host, port: server.tcp };
      await whileOpen(stack, place, async () => {
        expect(await prober.hold({ ...place, count: OPEN_CONNECTIONS_MAX - 1, ...rest })).toMatchObject({
          opened: OPEN_CONNECTIONS_MAX - 1,
        });
        expect(await prober.hold({ ...place, count: 1, ...rest })).toMatchObject({ opened: 1 });
        expect(await prober.hold({ ...place, count: 1, ...rest })).toMatchObject({ opened: 0, codes: { ECONNREFUSED: 1 } });
        expect(await neighbour.hold({ ...place, count: 1, ...rest })).toMatchObject({ opened: 1 });
        await Promise.all([prober.release(), neighbour.release()]);
        await expect.poll(() => server.connections()).toBe(0);
        expect(await prober.hold({ ...place, count: 1, ...rest })).toMatchObject({ opened: 1 });
        await prober.release();
      });
    });

    it("of 400 connections at once, those above the burst wait for a second try", async () => {
      const place = { host: internal.host, port: server.tcp };
      await whileOpen(stack, place, async () => {
        const { opened: within, waiting } = await neighbour.hold({ ...place, count: 400, perBatch: 400, batchMs: 0, waitMs: 700 });
        expect(within).toBeGreaterThanOrEqual(NEW_CONNECTIONS_BURST);
        expect(within).toBeLessThan(NEW_CONNECTIONS_BURST + 100);
        expect(waiting).toBe(400 - within);
        await neighbour.release();
      });
    });
  });
});

async function fetchesTcp(host: string, port: number): Promise<boolean> {
  const { failed } = await execa("timeout", ["3", "bash", "-c", `exec 3<>/dev/tcp/${host}/${port}`], { reject: false });
  return !failed;
}
