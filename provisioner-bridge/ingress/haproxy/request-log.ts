/**
 * A line of HAProxy for each answered request, by UDP on this machine: HAProxy never waits for a reader, and lines that come faster than they are
 * read are lost.
 */
import { createSocket } from "node:dgram";
import type { Log } from "../../log.ts";

/** The app's id, the status, the milliseconds from the request's first byte to the answer's last one. */
export const REQUEST_LOG_FORMAT = "%[var(txn.app)] %ST %Ta";
const LINE = /^([a-z][a-z0-9]{7}) (-?\d{1,3}) (-?\d{1,10})\s*$/;
const UPGRADED = 101;

export type AnsweredRequest = { appId: string /** Null: none, or the connection was upgraded. */; status: number | null; ms: number };

/** @returns null for a line that is of no app */
export function parseRequestLine(line: string): AnsweredRequest | null {
  const [, appId, status, ms] = LINE.exec(line) ?? [];
  if (appId === undefined) return null;
  const code = Number(status);
  return { appId, status: code <= UPGRADED ? null : code, ms: Math.max(0, Number(ms)) };
}

/** @param address "127.0.0.1:port" @returns what ends it */
export function listenForRequests(address: string, log: Log, take: (request: AnsweredRequest) => void): () => void {
  const [host, port] = address.split(":");
  const socket = createSocket("udp4");
  socket.on("error", (err) => log.warn({ err }, "the requests of apps are not counted"));
  socket.on("message", (line) => {
    const request = parseRequestLine(line.toString("latin1"));
    if (request !== null) take(request);
  });
  socket.bind(Number(port), host);
  return () => socket.close();
}
