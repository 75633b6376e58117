/** The running API as tests speak to it: who calls, what comes back, and a note of every secret that passes by. */
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { z } from "zod";
import { type Created, createdSchema } from "./answers.ts";
import { type Caller, callerOfThisTest } from "./callers.ts";
import { noteSecrets } from "./canaries.ts";
import { type Answer, type Sent, send } from "./http.ts";

export type Call = Sent & {
  /** Who calls; left out: the running test's own caller. */
  caller?: Caller;
};

export type Api = {
  readonly url: string;
  call(method: string, target: string, call?: Call): Promise<Answer>;
  /** `POST /db/new`, whatever comes of it. */
  post(body: unknown, call?: Call): Promise<Answer>;
  /** Any create that must succeed; `schema` is as strict as the documentation. */
  provision<T>(
    path: string,
    schema: z.ZodType<T>,
    call?: Call & { name?: string; key?: string; fields?: Record<string, unknown> },
  ): Promise<T>;
  /** `POST /db/new` that must succeed. */
  create(call?: Call & { name?: string; key?: string }): Promise<Created>;
};

/** @param stack where it is, and where secrets are noted for the search in logs and stores */
export function apiOf(stack: { apiUrl: string; canaryFile: string }): Api {
  const call: Api["call"] = async (method, target, { caller = callerOfThisTest(), ...sent } = {}) => {
    const headers = { ...(caller === null ? {} : { "CF-Connecting-IP": caller }), ...sent.headers };
    const answer = await send(stack.apiUrl, method, target, { ...sent, headers });
    noteSecrets(stack.canaryFile, { headers, answer });
    return answer;
  };
  const post: Api["post"] = (body, options = {}) => call("POST", "/db/new", { ...options, body });
  const provision: Api["provision"] = async (path, schema, { name = "prod-db", key, fields, ...options } = {}) => {
    const headers = { ...(key === undefined ? {} : { "Idempotency-Key": key }), ...options.headers };
    const answer = await call("POST", path, { ...options, headers, body: { name, ...fields } });
    expect(answer.status, answer.text).toBe(201);
    return schema.parse(answer.body);
  };
  return { url: stack.apiUrl, call, post, provision, create: (options) => provision("/db/new", createdSchema, options) };
}

/** A key no other test has. */
export const freshKey = (): string => randomUUID();
