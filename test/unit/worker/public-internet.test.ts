/** Requests to a caller's own URL, against a real server: what goes out, what is read, and when it ends. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ANSWER_MAX_BYTES, createPublicInternet, type OutgoingRequest } from "../../../worker/ports/public-internet.ts";

const TIMEOUT_MS = 300;
const internet = createPublicInternet({ fetch: (request) => fetch(request) }, TIMEOUT_MS);
const heard: { method: string; url: string; headers: IncomingMessage["headers"]; body: Buffer }[] = [];
let origin = "";

const answers: Record<string, (response: ServerResponse) => void> = {
  "/ok": (response) => response.writeHead(201, { "x-a": "b" }).end("done"),
  "/redirect": (response) => response.writeHead(302, { location: "/ok" }).end(),
  "/silent": () => undefined,
  "/slow": (response) => void response.writeHead(200).write("a"),
  "/full": (response) => response.end(Buffer.alloc(ANSWER_MAX_BYTES, "x")),
  "/overfull": (response) => response.end(Buffer.alloc(ANSWER_MAX_BYTES + 1, "x")),
  "/hangup": (response) => response.destroy(),
};
const server = createServer((request, response) => {
  void buffer(request).then((body) => {
    heard.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
    answers[request.url ?? ""]?.(response);
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const send = (path: string, changes: Partial<OutgoingRequest> = {}) => {
  heard.length = 0;
  return internet.send({ url: origin + path, method: "POST", headers: [["x-a", "1"]], body: new Uint8Array([0, 255]), ...changes });
};

describe("a request to a caller's own URL", () => {
  it.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])("%s goes out with its headers and bytes", async (method) => {
    expect(await send("/ok", { method })).toEqual({ status: 201, body: new TextEncoder().encode("done"), truncated: false });
    expect(heard).toMatchObject([{ method, url: "/ok", headers: { "x-a": "1" }, body: Buffer.from([0, 255]) }]);
  });

  it.each(["GET", "HEAD"])("%s goes out without a body", async (method) => {
    expect(await send("/ok", { method })).toMatchObject({ status: 201 });
    expect(heard).toMatchObject([{ method, body: Buffer.alloc(0) }]);
  });

  it.each(["TRACE", "CONNECT"])("%s is not sent at all", async (method) => {
    await expect(send("/ok", { method })).rejects.toMatchObject({ failure: "not_sendable" });
    expect(heard).toEqual([]);
  });

  it("follows no redirect", async () => {
    expect(await send("/redirect")).toMatchObject({ status: 302 });
    expect(heard).toHaveLength(1);
  });

  it("reads no more than its bound", async () => {
    expect(await send("/full")).toMatchObject({ truncated: false, body: { length: ANSWER_MAX_BYTES } });
    expect(await send("/overfull")).toMatchObject({ truncated: true, body: { length: ANSWER_MAX_BYTES } });
  });

  it.each(["/silent", "/slow"])("waits no longer than its bound for %s", async (path) => {
    await expect(send(path)).rejects.toMatchObject({ failure: "timeout" });
  });

  it("is unreachable where nobody answers", async () => {
    await expect(send("/hangup")).rejects.toMatchObject({ failure: "unreachable" });
    await expect(send("/ok", { url: "http://127.0.0.1:1/" })).rejects.toMatchObject({ failure: "unreachable" });
  });
});
