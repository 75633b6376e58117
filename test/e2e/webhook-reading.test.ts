/** Reading an inbox: its owner lists, reads and waits; nobody else learns that there is one. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { expectError } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { createInbox, type Inbox, inboxOf, requestSchema } from "../support/inbox.ts";
import { api, stack } from "../support/shared-stack.ts";

describe("GET /api/v1/webhooks/{token}/requests", () => {
  async function filled(count: number): Promise<{ inbox: Inbox; ids: string[] }> {
    const inbox = await createInbox(api);
    const ids: string[] = [];
    for (let i = 0; i < count; i += 1) ids.push(await inbox.post(String(i)));
    return { inbox, ids };
  }

  it("lists newest first, page by page", async () => {
    const { inbox, ids } = await filled(5);
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page = await inbox.page(`?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
      expect(page.total).toBe(5);
      seen.push(...page.requests.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual([...ids].reverse());
  });

  it("lists only what came since an id or a moment", async () => {
    const { inbox, ids } = await filled(3);
    expect((await inbox.page(`?since=${ids[0]}`)).requests.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    expect((await inbox.page(`?since=${ids[2]}`)).requests).toEqual([]);
    const [, second] = (await inbox.page()).requests;
    const moment = encodeURIComponent(second?.received_at ?? "");
    expect((await inbox.page(`?since=${moment}`)).requests.map(({ id }) => id)).toEqual(expect.arrayContaining([ids[2], ids[1]]));
    expect((await inbox.page("?since=2100-01-01T00:00:00Z")).requests).toEqual([]);
    expect((await inbox.page("?since=2000-01-01T00:00:00%2B02:00")).requests).toHaveLength(3);
  });

  it.each([
    "limit=0",
    "limit=101",
    "limit=-1",
    "limit=1.5",
    "limit=x",
    "limit=",
    "cursor=x",
    "cursor=",
    "since=yesterday",
    "since=2026-11-20T08:00:00",
    "since=2026-13-40T00:00:00Z",
    "since=",
  ])("refuses ?%s", async (query) => {
    const { inbox } = await filled(0);
    expectError(await inbox.read(`?${query}`), "invalid_query");
  });

  it("shows one request in full, and that another is not there", async () => {
    const { inbox, ids } = await filled(2);
    const answer = await inbox.read(`/${ids[0]}`);
    expect(z.strictObject({ ok: z.literal(true), request: requestSchema }).parse(answer.body).request).toMatchObject({
      id: ids[0],
      body: "0",
    });
    for (const id of ["req_00000000000000", "req_ffffffffffffff", "x", "%00", "1"])
      expectError(await inbox.read(`/${id}`), "webhook_request_not_found");
  });
});

describe("GET …/requests/next", () => {
  it("answers at once what is there, in order, and then waits for what comes", async () => {
    const inbox = await createInbox(api);
    const first = await inbox.post("one");
    const one = await inbox.next("?wait=30");
    expect(one).toMatchObject({ request: { id: first, body: "one" }, after: first, missed: false });
    const waiting = [1, 2, 3].map(() => inbox.next(`?wait=30&after=${first}`));
    const second = await inbox.post("two");
    for (const next of await Promise.all(waiting)) expect(next).toMatchObject({ request: { id: second, body: "two" }, after: second });
  });

  it("says that there was none, and keeps the cursor", async () => {
    const inbox = await createInbox(api);
    expect(await inbox.next()).toEqual({ ok: true, request: null, after: null, missed: false });
    const id = await inbox.post("one");
    expect(await inbox.next(`?wait=1&after=${id}`)).toEqual({ ok: true, request: null, after: id, missed: false });
  });

  it.each(["wait=31", "wait=-1", "wait=x", "wait=", "after=x", "after="])("refuses ?%s", async (query) => {
    const inbox = await createInbox(api);
    expectError(await inbox.read(`/next?${query}`), "invalid_query");
  });

  it("lets those who hang up go: a reader after 50 of them is served as ever", async () => {
    const inbox = await createInbox(api);
    const given = await Promise.allSettled(
      Array.from({ length: 50 }, () =>
        fetch(`${stack.apiUrl}${inbox.path}/next?wait=30`, {
          headers: { Authorization: `Bearer ${inbox.created.upgrade_jwt}`, "CF-Connecting-IP": freshCaller() },
          signal: AbortSignal.timeout(300),
        }),
      ),
    );
    expect(given.map(({ status }) => status)).toEqual(given.map(() => "rejected"));
    const waiting = inbox.next("?wait=30");
    const id = await inbox.post("x");
    expect(await waiting).toMatchObject({ request: { id } });
  });
});

describe("who may read", () => {
  const reads = (inbox: Inbox) => [
    ["GET", inbox.path],
    ["GET", `${inbox.path}/next?wait=0`],
    ["GET", `${inbox.path}/req_00000000000001`],
    ["POST", `${inbox.path}/req_00000000000001/replay`],
  ];

  it("is not who may post: the token alone opens nothing", async () => {
    const inbox = await createInbox(api);
    for (const [method = "", path = ""] of reads(inbox)) {
      expect(expectError(await api.call(method, path), "unauthorized").error_code).toBe("missing_credentials");
      const withToken = await api.call(method, path, { headers: { Authorization: `Bearer ${inbox.created.token}` } });
      expect(expectError(withToken, "unauthorized").error_code).toBe("malformed_token");
      const claimOnly = new URL(inbox.created.claim_url).searchParams.get("t");
      const withClaim = await api.call(method, path, { headers: { Authorization: `Bearer ${claimOnly}` } });
      expect(expectError(withClaim, "unauthorized").error_code).toBe("invalid_claims");
    }
  });

  it("is nobody else: with a neighbour's JWT an inbox is not there, byte for byte", async () => {
    const [mine, neighbours] = [await createInbox(api), await createInbox(api)];
    await mine.post("mine");
    const headers = { Authorization: `Bearer ${neighbours.created.upgrade_jwt}`, "X-Request-ID": "same" };
    const nowhere = inboxOf(api, { ...mine.created, token: crypto.randomUUID() });
    for (const [index, [method = "", path = ""]] of reads(mine).entries()) {
      const [, elsewhere = ""] = reads(nowhere)[index] ?? [];
      const [theirs, nobodys] = [await api.call(method, path, { headers }), await api.call(method, elsewhere, { headers })];
      expectError(theirs, "webhook_not_found");
      expect([theirs.status, theirs.text]).toEqual([nobodys.status, nobodys.text]);
      const bare = (answer: typeof theirs) => [...answer.headers].filter(([name]) => !/^(date|ratelimit|server-timing)/.test(name));
      expect(bare(theirs)).toEqual(bare(nobodys));
    }
  });

  it("is not the holder of another kind's JWT, whose token is no inbox", async () => {
    const database = await api.create();
    const headers = { Authorization: `Bearer ${database.upgrade_jwt}` };
    expectError(await api.call("GET", `/api/v1/webhooks/${database.token}/requests`, { headers }), "webhook_not_found");
  });
});

describe("POST …/requests/{id}/replay", () => {
  it("is refused for an anonymous inbox, to its own holder, whatever it asks for", async () => {
    const inbox = await createInbox(api);
    const id = await inbox.post("x");
    const headers = { Authorization: `Bearer ${inbox.created.upgrade_jwt}` };
    for (const body of [{ url: "https://example.com/" }, { url: stack.apiUrl }, {}]) {
      const answer = await api.call("POST", `${inbox.path}/${id}/replay`, { headers, body });
      expect(expectError(answer, "replay_requires_account").upgrade_url).toBe(`${stack.publicUrl}/start`);
    }
  });
});
