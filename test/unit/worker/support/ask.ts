/** Sends requests to an app made of fakes. */
import { type ErrorEnvelope, errorEnvelopeSchema } from "../../../../contract/errors.ts";
import { createApp } from "../../../../worker/app.ts";
import type { Config } from "../../../../worker/env.ts";
import { fakeDeps } from "./fake-deps.ts";

export async function startApp(overrides: Partial<Config> = {}) {
  const fakes = await fakeDeps(overrides);
  const app = createApp(fakes.deps);
  const ask = (path: string, init: RequestInit = {}): Promise<Response> => Promise.resolve(app.request(path, init));
  const create = (body: BodyInit | null, headers: Record<string, string> = {}, path = "/db/new") =>
    ask(path, { method: "POST", headers, ...(body === null ? {} : { body }) });
  return { ...fakes, ask, create };
}

/** The answer's envelope; fails when the body is anything else. */
export async function envelope(response: Response): Promise<ErrorEnvelope> {
  return errorEnvelopeSchema.strict().parse(await response.json());
}
