/** Addresses of made-up callers. On one machine the Worker takes `CF-Connecting-IP` as sent, so a test can be anybody. */
import { randomBytes } from "node:crypto";
import { expect } from "vitest";

/** The caller beside the server: it sends no address and has neither a cap nor a rate. */
export const LOCAL = null;
export type Caller = string | typeof LOCAL;

const HEX_GROUP = /.{4}/g;

/** A /48 nobody else has: unique local addresses with 40 random bits (RFC 4193). */
export function freshNetwork(): string {
  return (`fd${randomBytes(5).toString("hex")}`.match(HEX_GROUP) ?? []).join(":");
}

/** An address in a /64, a /48, and so a Durable Object, of its own. */
export function freshCaller(): string {
  return `${freshNetwork()}:${randomBytes(2).toString("hex")}::1`;
}

/** The first three numbers of an IPv4 address nobody else has. */
export function freshIpv4Network(): string {
  return `100.${[...randomBytes(2)].join(".")}`;
}

export function freshIpv4Caller(): string {
  return `${freshIpv4Network()}.7`;
}

const byTest = new Map<string, string>();

/** Every test is a caller of its own unless it says who calls. */
export function callerOfThisTest(): string {
  const { testPath, currentTestName } = expect.getState();
  const test = `${testPath} ${currentTestName}`;
  const caller = byTest.get(test) ?? freshCaller();
  byTest.set(test, caller);
  return caller;
}
