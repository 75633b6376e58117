/** The replay of a request, at the verb itself: no credential of today makes the actor that may. */
import { beforeEach, describe, expect, it } from "vitest";
import { REPLAYS_PER_MINUTE } from "../../../contract/webhook-inbox.ts";
import type { Actor, RequestContext } from "../../../worker/context.ts";
import type { FoundResource } from "../../../worker/platform-db/resource-lookup.ts";
import { type OutgoingRequest, PublicInternetError } from "../../../worker/ports/public-internet.ts";
import { replayRequest } from "../../../worker/services/webhooks/replay.ts";
import { fakeDeps, ids, START_MS } from "./support/fake-deps.ts";

const TEAM = "6f1d5c1e-0000-4000-8000-000000000001";
const TARGET = "https://hooks.example.com/x";

/** Somebody signed in, in this team. */
function ofTeam(id: string): Actor {
  const account = { userId: ids.uuid(), email: "a@example.com", role: "owner" as const, team: { id, name: "t", tier: "hobby" } as const };
  return { kind: "session", jti: ids.uuid(), via: "bearer", account };
}

async function world({ teamId = TEAM as string | null, actor = ofTeam(TEAM), hasInternet = true } = {}) {
  const { deps, inboxes, database } = await fakeDeps();
  const token = await deps.hasher.resourceTokenFor(ids.uuid());
  const inbox = await inboxes.of(token);
  await inbox.open({ resourceId: ids.uuid(), limits: { requests: 100, bytes: 1_000 }, expiresAt: null, response: null });
  const headers = { "content-type": ["text/plain"], authorization: ["[REDACTED]"], host: ["old"] };
  const receipt = await inbox.receive({ method: "PUT", path: "/below", query: "a=b", headers, body: new Uint8Array([1, 2]) });
  const row: FoundResource = {
    id: ids.uuid(),
    kind: "webhook",
    status: "active",
    generation: 1,
    tier: "hobby",
    env: "e",
    name: "n",
    team_id: teamId,
    attached_provisionally: false,
    fingerprint: null,
    admission_scope: null,
    token_sealed: "x",
    grant_sealed: null,
    rotation: 0,
    rotate_generation: null,
    storage_bytes: null,
    access: "full",
    access_reason: null,
    paused_at: null,
    created_at: new Date(START_MS),
    expires_at: null,
  };
  database.query = async () => [row];
  const sent: OutgoingRequest[] = [];
  const publicInternet = {
    send: async (request: OutgoingRequest) => {
      sent.push(request);
      return { status: 500, body: new TextEncoder().encode("no"), truncated: false };
    },
  };
  const ctx = { deps: { ...deps, publicInternet: hasInternet ? publicInternet : null }, actor } as unknown as RequestContext;
  const id = receipt.outcome === "stored" ? receipt.id : "";
  const replay = (changes: Partial<{ token: string; id: string; url: unknown }> = {}) =>
    replayRequest({ ctx, input: { token, id, url: TARGET, ...changes } });
  return { replay, sent, id, publicInternet, token };
}

let here: Awaited<ReturnType<typeof world>>;
beforeEach(async () => {
  here = await world();
});

describe("a replay", () => {
  it("sends what was stored to the URL as it is named, and tells what came back", async () => {
    expect(await here.replay()).toMatchObject({ url: TARGET, delivered: true, status: 500, truncated: false, durationMs: 0 });
    expect(here.sent).toEqual([
      {
        url: TARGET,
        method: "PUT",
        headers: [
          ["content-type", "text/plain"],
          ["X-Webhook-Replay", here.id],
        ],
        body: new Uint8Array([1, 2]),
      },
    ]);
  });

  it.each(["unreachable", "timeout", "not_sendable"] as const)("that is %s is a result, not an error", async (failure) => {
    here.publicInternet.send = () => Promise.reject(new PublicInternetError(failure));
    expect(await here.replay()).toMatchObject({ delivered: false, failure });
  });

  it("is for the inbox's own team only", async () => {
    const foreign = await world({ actor: ofTeam("6f1d5c1e-0000-4000-8000-000000000002") });
    await expect(foreign.replay()).rejects.toMatchObject({ code: "webhook_not_found" });
    const nobodys = await world({ teamId: null });
    await expect(nobodys.replay()).rejects.toMatchObject({ code: "webhook_not_found" });
    expect([...foreign.sent, ...nobodys.sent]).toEqual([]);
  });

  it("is never for anonymous callers, nor for the holder of an anonymous inbox", async () => {
    const anonymous = await world({ teamId: null, actor: { kind: "anonymous" } });
    await expect(anonymous.replay()).rejects.toMatchObject({ code: "webhook_not_found" });
    const actor: Actor = { kind: "holder", resourceToken: "" };
    const held = await world({ teamId: null, actor });
    actor.resourceToken = held.token;
    await expect(held.replay()).rejects.toMatchObject({ code: "replay_requires_account" });
    const claimedActor: Actor = { kind: "holder", resourceToken: "" };
    const claimed = await world({ actor: claimedActor });
    claimedActor.resourceToken = claimed.token;
    await expect(claimed.replay()).rejects.toMatchObject({ code: "unauthorized" });
    expect([...anonymous.sent, ...held.sent, ...claimed.sent]).toEqual([]);
  });

  it("goes nowhere it must not, and a refused one does not count", async () => {
    for (const url of [undefined, "http://127.0.0.1/", "https://api.test.example/", "ftp://hooks.example.com/"]) {
      for (let i = 0; i <= REPLAYS_PER_MINUTE; i += 1) await expect(here.replay({ url })).rejects.toMatchObject({ code: "invalid_url" });
    }
    await here.replay();
    expect(here.sent).toHaveLength(1);
  });

  it("needs a request that is there", async () => {
    for (const id of ["req_ffffffffffffff", "x"])
      await expect(here.replay({ id })).rejects.toMatchObject({ code: "webhook_request_not_found" });
  });

  it(`comes ${REPLAYS_PER_MINUTE} times a minute, and then says when again`, async () => {
    for (let i = 0; i < REPLAYS_PER_MINUTE; i += 1) await here.replay();
    await expect(here.replay()).rejects.toMatchObject({ code: "rate_limited", retryAfterSeconds: 42 });
    expect(here.sent).toHaveLength(REPLAYS_PER_MINUTE);
  });

  it("is off where nothing keeps it from private addresses", async () => {
    const off = await world({ hasInternet: false });
    await expect(off.replay()).rejects.toMatchObject({ code: "replay_disabled" });
  });
});
