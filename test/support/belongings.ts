/** One of everything a team can own, made through the published document, so that a new kind comes along by itself. */
import { expect } from "vitest";
import { z } from "zod";
import { newApiKey, type Signed } from "./accounts.ts";
import type { Api } from "./api.ts";
import { type OpenApiDocument, operationsOf } from "./openapi.ts";

const ownedSchema = z.object({ id: z.uuid(), token: z.uuid(), receive_url: z.url().optional() });
const SWITCHED_OFF = 503;

export type Belongings = {
  /** The token of each resource, by the path that made it. */
  tokens: Record<string, string>;
  /** What else a path can name: an API key, a request of the inbox, ids of resources. */
  ids: string[];
};

/** Every create of a resource in the document; a kind this stack has no server for is left out. Deployments: test/e2e/deploys-api.test.ts. */
export async function ownOneOfEach(api: Api, account: Signed, document: OpenApiDocument): Promise<Belongings> {
  const creates = operationsOf(document).filter(
    ({ method, path, requestBody }) =>
      method === "POST" && /^\/\w+\/new$/.test(path) && requestBody?.content["application/json"] !== undefined,
  );
  const tokens: Record<string, string> = {};
  const ids: string[] = [(await newApiKey(api, account, ["read"])).id];
  for (const { path } of creates) {
    const answer = await api.call("POST", path, { headers: account.bearer, body: { name: "ours" } });
    if (answer.status === SWITCHED_OFF) continue;
    expect(answer.status, answer.text).toBe(201);
    const owned = ownedSchema.parse(answer.body);
    tokens[path] = owned.token;
    ids.push(owned.id);
    if (owned.receive_url !== undefined) ids.push(await aRequestIn(api, owned.receive_url));
  }
  return { tokens, ids };
}

async function aRequestIn(api: Api, receiveUrl: string): Promise<string> {
  const stored = await api.call("POST", new URL(receiveUrl).pathname, { body: "ours" });
  return z.object({ id: z.string() }).parse(stored.body).id;
}
