/** What passes through the ingress to an app, and back, is what either side sent. */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { type App, ask, HOST, hostOf, openSocket, optionsFor, route, startApp, useIngress } from "./fixture.ts";

const MIB = 1_048_576;
const LARGE_MIB = 100;
const bench = useIngress();
let app: App;
let appId: string;

/** Answers by its path. */
beforeAll(async () => {
  app = await startApp(async (request, response) => {
    if (request.url === "/headers") return void response.end(JSON.stringify(request.headers));
    if (request.url === "/digest") {
      const digest = createHash("sha256");
      await pipeline(request, digest);
      return void response.end(digest.digest("hex"));
    }
    if (request.url === "/large") {
      for (let sent = 0; sent < LARGE_MIB; sent += 1) if (!response.write(Buffer.alloc(MIB, sent))) await once(response, "drain");
      return void response.end();
    }
    // Each piece of the body comes back at once.
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.flushHeaders();
    await pipeline(request, response);
  });
  const sockets = new WebSocketServer({ server: app.server });
  sockets.on("connection", (socket) => socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary })));
  appId = await route(bench, app.upstream);
});
afterAll(() => app?.close());

test("the app sees the host, and who called; what a client says about itself is overwritten", async () => {
  const lies = {
    "X-Forwarded-For": "6.6.6.6",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil",
    "X-Forwarded-Port": "1",
    "X-Real-IP": "6.6.6.6",
    Forwarded: "for=6.6.6.6",
    "X-Up": "127.0.0.1:1",
    "X-Mine": "kept",
  };
  const headers = JSON.parse((await ask(bench, appId, { path: "/headers", headers: lies })).body);
  const host = `${hostOf(appId)}:${bench.port}`;
  expect(headers).toMatchObject({
    host,
    "x-forwarded-for": HOST,
    "x-forwarded-proto": "https",
    "x-forwarded-host": host,
    "x-real-ip": HOST,
    "x-mine": "kept",
  });
  expect(headers).not.toHaveProperty("forwarded");
  expect(headers).not.toHaveProperty("x-forwarded-port");
});

test("100 MiB pass either way, unchanged", async () => {
  const upload = request({ ...optionsFor(bench, appId), path: "/digest", method: "POST" });
  const expected = createHash("sha256");
  const answered = once(upload, "response");
  for (let sent = 0; sent < LARGE_MIB; sent += 1) {
    const piece = randomBytes(MIB);
    expected.update(piece);
    if (!upload.write(piece)) await once(upload, "drain");
  }
  upload.end();
  const [answer] = await answered;
  expect(await text(answer)).toBe(expected.digest("hex"));

  const download = request({ ...optionsFor(bench, appId), path: "/large" }).end();
  const [body] = await once(download, "response");
  let [bytes, wrong] = [0, 0];
  for await (const chunk of body) {
    if (chunk[0] !== Math.floor(bytes / MIB)) wrong += 1;
    bytes += chunk.length;
  }
  expect([bytes, wrong]).toEqual([LARGE_MIB * MIB, 0]);
});

test("each piece of a stream arrives before the next one is sent, both ways", async () => {
  const stream = request({ ...optionsFor(bench, appId), path: "/echo", method: "POST" });
  stream.flushHeaders();
  stream.write("data: first\n\n");
  const [answer] = await once(stream, "response");
  const pieces = answer[Symbol.asyncIterator]();
  for (const piece of ["data: first\n\n", "data: second\n\n", "data: third\n\n"]) {
    if (!piece.includes("first")) stream.write(piece);
    expect(String((await pieces.next()).value)).toBe(piece);
  }
  stream.end();
  expect((await pieces.next()).done).toBe(true);
});

test("a WebSocket carries texts and bytes", async () => {
  const socket = await openSocket(bench, appId);
  socket.send("hello");
  const [answer, isBinary] = await once(socket, "message");
  expect([String(answer), isBinary]).toEqual(["hello", false]);
  socket.send(Buffer.alloc(MIB, 7));
  const [bytes] = await once(socket, "message");
  expect(bytes.length).toBe(MIB);
  socket.close();
  await once(socket, "close");
});

test("HTTP/2 works, many requests on one connection", async () => {
  const session = connectHttp2(`https://${HOST}:${bench.port}`, { servername: hostOf(appId), ca: bench.ca });
  const answers = Array.from({ length: 20 }, async () => {
    const stream = session.request({ ":authority": hostOf(appId), ":path": "/headers" });
    return JSON.parse(await text(stream)).host;
  });
  expect(new Set(await Promise.all(answers))).toEqual(new Set([hostOf(appId)]));
  session.close();
});

test("HEAD has no body, and a body waits for 100 Continue when its client says so", async () => {
  expect(await ask(bench, appId, { path: "/headers", method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  const upload = request({ ...optionsFor(bench, appId), path: "/digest", method: "PUT" });
  upload.setHeader("Expect", "100-continue");
  upload.setHeader("Content-Length", "4");
  upload.flushHeaders();
  await once(upload, "continue");
  upload.end("body");
  const [answer] = await once(upload, "response");
  expect(await text(answer)).toBe(createHash("sha256").update("body").digest("hex"));
});
