/** The inbox's routes on an app made of fakes: how outages of the object are told, and what a token must be. */
import { describe, expect, it } from "vitest";
import { envelope, startApp } from "./support/ask.ts";

type Created = { id: string; token: string; receive_url: string; upgrade_jwt: string };

async function world() {
  const app = await startApp();
  const created = (await (await app.create('{"name":"a"}', {}, "/webhook/new")).json()) as Created;
  const path = new URL(created.receive_url).pathname;
  const inbox = await app.inboxes.of(created.token);
  return { ...app, created, path, inbox };
}

describe("a create", () => {
  it("opens the inbox of its own token, with the tier's limits and the answer's lease", async () => {
    const { created, inboxes, inbox } = await world();
    expect([...inboxes.made.keys()]).toEqual([created.token]);
    const { expires_at } = created as unknown as { expires_at: string };
    expect(inbox.opening).toEqual({
      resourceId: created.id,
      limits: { requests: 100, bytes: 5 * 1024 * 1024 },
      expiresAt: Date.parse(expires_at),
      response: null,
    });
  });

  it("fails where the object does not answer", async () => {
    const { create, inboxes } = await startApp();
    inboxes.of = () => Promise.reject(new Error("overloaded"));
    const response = await create('{"name":"a"}', {}, "/webhook/new");
    expect([response.status, (await envelope(response)).error]).toEqual([503, "provision_failed"]);
  });

  it("fails where its own drop was there before it", async () => {
    const { create, inboxes } = await startApp();
    const of = inboxes.of.bind(inboxes);
    inboxes.of = async (token) => {
      const inbox = await of(token);
      await inbox.close();
      return inbox;
    };
    expect((await envelope(await create('{"name":"a"}', {}, "/webhook/new"))).error).toBe("provision_failed");
  });
});

describe("a post", () => {
  it("asks no database", async () => {
    const { ask, path, database } = await world();
    const asked = database.asked;
    expect((await ask(path, { method: "POST", body: "x" })).status).toBe(200);
    expect(database.asked).toBe(asked);
  });

  it("is 503, to be sent again soon, where the object does not answer", async () => {
    const { ask, path, inbox } = await world();
    inbox.receive = () => Promise.reject(new Error("overloaded"));
    const response = await ask(path, { method: "POST", body: "x" });
    expect([response.status, response.headers.get("retry-after"), (await envelope(response)).error]).toEqual([
      503,
      "5",
      "webhook_unavailable",
    ]);
  });

  it("with a token this Worker never made reaches no object, and its body is not read", async () => {
    const { ask, inboxes, path } = await world();
    const before = inboxes.made.size;
    const body = new ReadableStream({ pull: () => Promise.reject(new Error("read")) }, { highWaterMark: 0 });
    const guess = path.replace(/[^/]+$/, crypto.randomUUID());
    const response = await ask(guess, { method: "POST", body, duplex: "half" } as RequestInit);
    expect([response.status, (await envelope(response)).error]).toEqual([404, "webhook_not_found"]);
    expect(inboxes.made.size).toBe(before);
  });

  it("is logged by its pattern: no token, path, query or header", async () => {
    const { ask, path, lines, created } = await world();
    lines.length = 0;
    await ask(`${path}/s3cret-path?s3cret-query`, { method: "PUT", body: "s3cret-body", headers: { "X-S": "s3cret-header" } });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: "request", method: "PUT", route: "ANY /webhook/receive/{token}/*", status: 200 },
    ]);
    expect(lines.join()).not.toMatch(new RegExp(`s3cret|${created.token}`));
  });
});
