/** Where a request goes, who may send it, and what happens while that changes. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { envelopeSchema } from "../../support/answers.ts";
import { type App, ask, HOST, keptConnections, newAppId, openSocket, PUBLIC, route, startApp, useIngress } from "./fixture.ts";

const bench = useIngress();
const apps: App[] = [];
const SERVICE = randomUUID();
const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
/** A supervisor starts a killed HAProxy again after 50 ms. */
const SETTLE = { timeout: 15_000, interval: 50 };

beforeAll(async () => {
  for (const name of ["one", "two"]) {
    const app = await startApp((_request, response) => void response.end(name));
    const sockets = new WebSocketServer({ server: app.server });
    sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(`${name}: ${data}`)));
    apps.push(app);
  }
});
afterAll(() => Promise.all(apps.map((app) => app.close())));

const upstream = (index: number): string => apps[index]?.upstream ?? "";

describe("without an app that answers", () => {
  const refusal = async (appId: string) => {
    const answer = await ask(bench, appId);
    const { error, request_id } = envelopeSchema.parse(JSON.parse(answer.body));
    const page = await ask(bench, appId, { headers: BROWSER });
    expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(page.body).toMatch(/^<!doctype html>/);
    expect([page.status, answer.headers["content-type"]]).toEqual([answer.status, "application/json"]);
    expect(request_id).toMatch(/^[0-9a-f-]{36}$/);
    return [answer.status, error];
  };

  test("an unknown address answers 404, in JSON and as a page", async () => {
    expect(await refusal(newAppId())).toEqual([404, "app_not_found"]);
    expect(await refusal("not-an-app")).toEqual([404, "app_not_found"]);
  });

  test("another domain than that of the apps answers 404", async () => {
    const appId = await route(bench, upstream(0));
    expect((await ask(bench, appId, { headers: { host: `${appId}.example.com` } })).status).toBe(404);
    expect((await ask(bench, appId, { headers: { host: `${appId}.x.deployment.localhost` } })).status).toBe(404);
  });

  test("a stopped app answers 503, and serves again after the next route", async () => {
    const appId = await route(bench, upstream(0));
    await bench.routes.suspend(appId);
    expect(await refusal(appId)).toEqual([503, "app_stopped"]);
    expect(await bench.routes.find(appId)).toBeNull();
    await bench.routes.set({ appId, serviceId: SERVICE, release: 2, upstream: upstream(1), access: PUBLIC });
    expect((await ask(bench, appId)).body).toBe("two");
  });

  test("an app that accepts no connection answers 503, one that hangs up 502", async () => {
    expect(await refusal(await route(bench, `${HOST}:1`))).toEqual([503, "app_unreachable"]);
    const rude = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end("nonsense\r\n\r\n"));
    });
    await new Promise<void>((resolve) => rude.listen(0, HOST, resolve));
    const address = rude.address();
    const port = typeof address === "object" ? address?.port : 0;
    expect(await refusal(await route(bench, `${HOST}:${port}`))).toEqual([502, "app_invalid_response"]);
    rude.close();
  });
});

describe("a private app", () => {
  const isOpen = async (allowed_ips: string[]) => {
    const appId = await route(bench, upstream(0), { is_private: true, allowed_ips });
    return (await ask(bench, appId)).status === 200;
  };

  test.each([
    [["127.0.0.1"], true],
    [["127.0.0.0/8"], true],
    [["127.0.0.0/30"], true],
    [["::ffff:127.0.0.1"], true],
    [["0.0.0.0/0"], true],
    [["203.0.113.9", "127.0.0.1/32"], true],
    [[], false],
    [["127.0.0.2"], false],
    [["127.0.0.2/31"], false],
    [["10.0.0.0/8", "::1", "2001:db8::/32"], false],
    [["7f00::/16"], false],
  ])("that allows %j: this client may call it: %s", async (allowed, expected) => {
    expect(await isOpen(allowed)).toBe(expected);
  });

  test("becomes public and private again while it serves, also for a kept connection", async () => {
    const agent = keptConnections(1);
    const appId = await route(bench, upstream(0));
    const status = async () => (await ask(bench, appId, { agent })).status;
    expect(await status()).toBe(200);
    await bench.routes.setAccess(appId, { is_private: true, allowed_ips: ["192.0.2.1"] });
    expect(await status()).toBe(403);
    expect(JSON.parse((await ask(bench, appId)).body).error).toBe("app_private");
    await bench.routes.setAccess(appId, PUBLIC);
    expect(await status()).toBe(200);
    agent.destroy();
  });
});

describe("a change of routes", () => {
  test("under a constant load loses no request, and after it none goes to the old release", async () => {
    const appId = await route(bench, upstream(0));
    const agent = keptConnections(8);
    const answers: string[] = [];
    let isOver = false;
    const load = Array.from({ length: 8 }, async () => {
      while (!isOver) answers.push((await ask(bench, appId, { agent })).body);
    });
    for (let change = 1; change <= 20; change += 1) {
      await bench.routes.set({ appId, serviceId: SERVICE, release: change, upstream: upstream(change % 2), access: PUBLIC });
      expect((await ask(bench, appId, { agent })).body).toBe(change % 2 === 0 ? "one" : "two");
    }
    isOver = true;
    await Promise.all(load);
    agent.destroy();
    expect(answers.length).toBeGreaterThan(20);
    expect(new Set(answers)).toEqual(new Set(["one", "two"]));
  });

  test("closes no WebSocket: neither of the app, nor of another one", async () => {
    const [changed, other] = [await route(bench, upstream(0)), await route(bench, upstream(1))];
    const sockets = await Promise.all([changed, other].map((appId) => openSocket(bench, appId)));
    for (let change = 0; change < 10; change += 1) {
      await bench.routes.set({ appId: changed, serviceId: SERVICE, release: 2, upstream: upstream(1), access: PUBLIC });
      await bench.routes.remove(await route(bench, upstream(0)));
    }
    expect(await Promise.all(sockets.map(echo))).toEqual(["one: hello", "two: hello"]);
    expect(await openSocket(bench, changed).then(echo)).toBe("two: hello");
    for (const socket of sockets) socket.terminate();
  });

  test("many at once all take effect", async () => {
    const appIds = await Promise.all(Array.from({ length: 60 }, (_, index) => route(bench, upstream(index % 2))));
    const bodies = await Promise.all(appIds.map(async (appId) => (await ask(bench, appId)).body));
    expect(bodies).toEqual(appIds.map((_, index) => (index % 2 === 0 ? "one" : "two")));
    await Promise.all(appIds.map((appId) => bench.routes.remove(appId)));
    expect(new Set(await Promise.all(appIds.map(async (appId) => (await ask(bench, appId)).status)))).toEqual(new Set([404]));
  });
});

describe("after a crash", () => {
  const kill = async () => {
    const before = bench.ingress.pid();
    bench.ingress.kill("SIGKILL");
    await vi.waitFor(() => expect(bench.ingress.pid()).not.toBe(before), SETTLE);
  };

  test("of HAProxy every route is served again, without help of the bridge", async () => {
    const [open, closed] = [await route(bench, upstream(0)), await route(bench, upstream(1), { is_private: true, allowed_ips: ["::1"] })];
    await kill();
    await vi.waitFor(async () => expect((await ask(bench, open)).body).toBe("one"), SETTLE);
    expect((await ask(bench, closed)).status).toBe(403);
  });

  test("of HAProxy, a change that is made meanwhile holds when it resolves", async () => {
    const appId = await route(bench, upstream(0));
    bench.ingress.kill("SIGKILL");
    await bench.routes.set({ appId, serviceId: SERVICE, release: 2, upstream: upstream(1), access: PUBLIC });
    expect((await ask(bench, appId)).body).toBe("two");
  });

  test("of the bridge, what the registry holds is routed", async () => {
    const appId = await route(bench, upstream(0));
    await bench.registry.query("UPDATE routes SET upstream = $2 WHERE app_id = $1", [appId, upstream(1)]);
    const again = bench.startRoutes();
    await vi.waitFor(async () => expect((await ask(bench, appId)).body).toBe("two"), SETTLE);
    expect(await again.find(appId)).toMatchObject({ release: 1, upstream: upstream(1), access: PUBLIC });
    await again.stop();
  });
});

test("an upstream that is no address is refused, so that it changes no other route", async () => {
  for (const bad of ["evil 127.0.0.1:1", "localhost:80", "127.0.0.1:80\nother public/6.6.6.6/1", "127.0.0.1"]) {
    await expect(route(bench, bad)).rejects.toThrow();
  }
});

async function echo(socket: WebSocket): Promise<string> {
  const answer = once(socket, "message");
  socket.send("hello");
  return String((await answer)[0]);
}
