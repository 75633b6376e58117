/**
 * A stored request, sent once more by an account over HTTP, from the inbox to a server that takes it. One server stands for the public
 * internet; that the real network reaches nothing else is test/e2e/public-network.test.ts's.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { REPLAYS_PER_MINUTE } from "../../contract/webhook-inbox.ts";
import { claimIt, newApiKey, type Signed } from "../support/accounts.ts";
import { expectError } from "../support/answers.ts";
import { type Api, apiOf } from "../support/api.ts";
import { freshCaller } from "../support/callers.ts";
import { createInbox, type Inbox } from "../support/inbox.ts";
import { expectNoLeaks } from "../support/leaks.ts";
import { startTestStack, type TestStack } from "../support/stack.ts";

const TARGET = "http://hooks.example.com:8080/below?a=b";
const BINARY = new Uint8Array([0, 255, 1, 128, 13, 10]);
const SECRET = "Bearer a-secret-of-the-sender";

type Arrived = { method: string; url: string; headers: Record<string, unknown>; body: Buffer };
const arrived: Arrived[] = [];
let answer = { status: 202, headers: { "content-type": "text/plain" } as Record<string, string>, body: "thanks" };
const internet = createServer(async (request, response) => {
  const body = await buffer(request);
  arrived.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
  response.writeHead(answer.status, answer.headers).end(answer.body);
});

let own: TestStack;
let api: Api;
let owner: Signed;
let inbox: Inbox;

beforeAll(async () => {
  await new Promise<void>((resolve) => internet.listen(0, "127.0.0.1", resolve));
  const { port } = internet.address() as AddressInfo;
  own = await startTestStack({ engines: ["postgres"], publicInternet: `127.0.0.1:${port}` });
  api = apiOf(own.facts);
});
afterAll(async () => {
  if (own) await expectNoLeaks(own.facts).finally(() => own.dispose());
  internet.close();
});
beforeEach(async () => {
  arrived.length = 0;
  answer = { status: 202, headers: { "content-type": "text/plain" }, body: "thanks" };
  const caller = freshCaller();
  inbox = await createInbox(api, { caller });
  owner = await claimIt(api, inbox.created, { caller });
});

const storedSchema = z.object({ id: z.string() });
async function stored(): Promise<string> {
  const headers = { "X-Event": "push", "Content-Type": "application/octet-stream", Authorization: SECRET };
  const taken = await inbox.send("PUT", { body: BINARY, headers, below: "/below" });
  return storedSchema.parse(taken.body).id;
}
const replay = (id: string, headers: Record<string, string>, url: unknown = TARGET) =>
  api.call("POST", `${inbox.path}/${id}/replay`, { headers, body: { url } });

describe("a replay", () => {
  it("by a session and by a write key sends what the sender sent, byte for byte, and says that it is a replay", async () => {
    const id = await stored();
    const key = await newApiKey(api, owner, ["write"]);
    for (const headers of [owner.bearer, owner.cookie, key.bearer]) {
      const answered = await replay(id, headers);
      expect([answered.status, answered.body]).toEqual([
        200,
        {
          ok: true,
          request_id: id,
          url: TARGET,
          delivered: true,
          duration_ms: expect.any(Number),
          status: 202,
          body: "thanks",
          body_encoding: "utf-8",
          body_truncated: false,
        },
      ]);
    }
    expect(arrived).toHaveLength(3);
    for (const request of arrived) {
      expect(request).toMatchObject({ method: "PUT", url: "/below?a=b", body: Buffer.from(BINARY) });
      expect(request.headers).toMatchObject({ host: "hooks.example.com:8080", "x-event": "push", "x-webhook-replay": id });
      expect(request.headers).not.toHaveProperty("authorization");
      expect(JSON.stringify(request.headers)).not.toContain(inbox.created.token);
    }
  });

  it("leaves the inbox as it was: the request is there once, and can be replayed again", async () => {
    const id = await stored();
    await replay(id, owner.bearer);
    expect((await inbox.read("", { headers: owner.bearer })).body).toMatchObject({ total: 1, requests: [{ id }] });
    expect((await replay(id, owner.bearer)).status).toBe(200);
  });

  it("shows a redirect and does not follow it, and a target's own error is a result", async () => {
    const id = await stored();
    answer = { status: 302, headers: { location: "http://elsewhere.example/" }, body: "" };
    expect((await replay(id, owner.bearer)).body).toMatchObject({ delivered: true, status: 302 });
    answer = { status: 500, headers: {}, body: "broken" };
    expect((await replay(id, owner.bearer)).body).toMatchObject({ delivered: true, status: 500, body: "broken" });
    expect(arrived).toHaveLength(2);
  });
});

describe("a replay is not for", () => {
  it("a key that only reads, another team, its former holder, nobody, nor an anonymous inbox; and nothing is sent", async () => {
    const id = await stored();
    const caller = freshCaller();
    const other = await claimIt(api, await api.create({ caller }), { caller });
    const reader = await newApiKey(api, owner, ["read"]);
    expectError(await replay(id, reader.bearer), "insufficient_scope");
    expectError(await replay(id, other.bearer), "webhook_not_found");
    expectError(await replay(id, { Authorization: `Bearer ${inbox.created.upgrade_jwt}` }), "unauthorized");
    expectError(await replay(id, {}), "unauthorized");
    expectError(await replay(id, { ...owner.cookie, Origin: "https://evil.example" }), "foreign_origin");
    const anonymous = await createInbox(api, { caller: freshCaller() });
    const theirs = await anonymous.post("x");
    const asHolder = { Authorization: `Bearer ${anonymous.created.upgrade_jwt}` };
    const refused = await api.call("POST", `${anonymous.path}/${theirs}/replay`, { headers: asHolder, body: { url: TARGET } });
    expectError(refused, "replay_requires_account");
    expect(arrived).toEqual([]);
  });

  it.each([
    "http://127.0.0.1:8080/",
    "http://localhost/",
    "http://10.0.0.1/",
    "http://[::1]/",
    "http://hooks.example.com:22/",
    "http://user:password@hooks.example.com/",
    "ftp://hooks.example.com/",
    "nonsense",
    42,
  ])("%j", async (url) => {
    expectError(await replay(await stored(), owner.bearer, url), "invalid_url");
    expect(arrived).toEqual([]);
  });

  it("a request that is not there", async () => {
    expectError(await replay("req_00000000000000", owner.bearer), "webhook_request_not_found");
  });
});

it(`works ${REPLAYS_PER_MINUTE} times a minute for one inbox and not once more, whoever of the team asks`, async () => {
  const id = await stored();
  const key = await newApiKey(api, owner, ["admin"]);
  const statuses: number[] = [];
  for (let sent = 0; sent <= REPLAYS_PER_MINUTE; sent += 1) {
    const answered = await replay(id, sent % 2 === 0 ? owner.bearer : key.bearer);
    statuses.push(answered.status);
  }
  expect(statuses).toEqual([...Array(REPLAYS_PER_MINUTE).fill(200), 429]);
  expect(arrived).toHaveLength(REPLAYS_PER_MINUTE);
});
