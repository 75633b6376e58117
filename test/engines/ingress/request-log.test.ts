/** The proxy tells of requests for apps, and of no others: anyone can send those, under any number of host names. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { request } from "node:https";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ingressSchema } from "../../../provisioner-bridge/ingress/haproxy/proxy.ts";
import { parseRequestLine } from "../../../provisioner-bridge/ingress/haproxy/request-log.ts";
import { HOST, PUBLIC, useIngress } from "./fixture.ts";

const bench = useIngress();
const APP = "known123";
const socket = createSocket("udp4");
const lines: string[] = [];

beforeAll(async () => {
  const { requests = "" } = ingressSchema.parse(JSON.parse(bench.ingress.bridgeEnvironment().BRIDGE_INGRESS ?? ""));
  socket.on("message", (line) => void lines.push(line.toString()));
  socket.bind(Number(requests.split(":")[1]), HOST);
  await once(socket, "listening");
  // Nothing listens there: the proxy itself answers 503 for the app.
  await bench.routes.set({ appId: APP, serviceId: crypto.randomUUID(), release: 1, upstream: `${HOST}:1`, access: PUBLIC });
});
afterAll(() => socket.close());

function statusOf(appId: string): Promise<number> {
  const host = `${appId}.deployment.localhost`;
  return new Promise((resolve, reject) => {
    const options = { host: HOST, port: bench.port, ca: bench.ca, servername: host, headers: { host }, agent: false };
    request(options, (answer) => void answer.resume().on("end", () => resolve(answer.statusCode ?? 0)))
      .on("error", reject)
      .end();
  });
}

test("only requests for an app that has a route are told", async () => {
  expect(await statusOf("unknown1")).toBe(404);
  expect(await statusOf(APP)).toBe(503);
  expect(await statusOf("unknown2")).toBe(404);
  expect(await statusOf(APP)).toBe(503);
  // Lines come in order: when the second one of the app is there, those before it are.
  await expect.poll(() => lines.filter((line) => line.startsWith(APP)).length).toBe(2);
  expect(lines.map((line) => parseRequestLine(line)?.appId)).toEqual([APP, APP]);
});
