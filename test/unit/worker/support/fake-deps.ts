/** The Worker's parts for a test without network: real crypto and real rules, in-memory stand-ins for the four far ends. */
import { randomBytes, randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";
import { type AdmissionObject, type AdmitRequest, LEASE } from "../../../../contract/admission.ts";
import { ENGINES } from "../../../../contract/engines.ts";
import { READINESS_CACHE_MS, type Readiness } from "../../../../contract/readiness.ts";
import { type PrivateJwk, privateJwkSchema } from "../../../../contract/signed-message.ts";
import {
  type Absent,
  type Arrival,
  type Next,
  type Opening,
  type Page,
  REPLAYS_PER_MINUTE,
  type Reading,
  type Receipt,
  type ReplayTurn,
  type StoredRequest,
  type Usage,
  type WebhookInboxObject,
} from "../../../../contract/webhook-inbox.ts";
import { createHasher } from "../../../../worker/crypto/hash.ts";
import { createReportVerifier } from "../../../../worker/crypto/reports.ts";
import { createSealer } from "../../../../worker/crypto/seal.ts";
import { createSigningKeys } from "../../../../worker/crypto/signing-keys.ts";
import { createTokens } from "../../../../worker/crypto/tokens.ts";
import type { Deps } from "../../../../worker/deps.ts";
import type { Config } from "../../../../worker/env.ts";
import type { PlatformDatabase } from "../../../../worker/platform-db/database.ts";
import { BridgeError, type BridgePort } from "../../../../worker/ports/bridge.ts";
import type { InboxPort } from "../../../../worker/ports/inbox.ts";
import { createLogger } from "../../../../worker/ports/log.ts";
import type { Mailbox, MailPort, Message } from "../../../../worker/ports/mail.ts";

export const START_MS = Date.UTC(2026, 10, 24, 12, 0, 0);
const KEY_BYTES = 32;

export class FakeClock {
  nowMs = START_MS;
  now(): number {
    return this.nowMs;
  }
}

export const ids = { uuid: () => randomUUID(), bytes: (length: number) => new Uint8Array(randomBytes(length)) };
export const keyBytes = () => new Uint8Array(randomBytes(KEY_BYTES));

export async function signingKey(kid: string): Promise<PrivateJwk> {
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  return privateJwkSchema.parse({ ...(await exportJWK(privateKey)), kid });
}

export async function fakeConfig(overrides: Partial<Config> = {}): Promise<Config> {
  return {
    environment: "development",
    publicUrl: "https://api.test.example",
    localCaller: true,
    bridgeUrl: "http://bridge.test.example",
    bridgeId: "bridge-test",
    bridgeReportKeys: [],
    databaseUrl: "postgres://platform:unused@db.test.example/platform",
    databaseFetchEndpoint: null,
    jobSigningKeys: [await signingKey("job-1")],
    tokenSigningKeys: [await signingKey("token-1")],
    encryptionKeys: [{ kid: "seal-1", key: keyBytes() }],
    tokenHmacKey: keyBytes(),
    fingerprintKey: keyBytes(),
    objectStore: null,
    ceilings: { createsPerNetwork: 0, createsPerAsn: 0, liveAnonymous: 0 },
    claimScope: "fingerprint",
    mailFrom: "login@test.example",
    deploys: null,
    brevoApiKey: null,
    brevoWebhookSecret: "w".repeat(40),
    ownDomains: [],
    lease: LEASE,
    readinessCacheMs: READINESS_CACHE_MS,
    faultHookUrl: null,
    ...overrides,
  };
}

/** Counts per scope, never refuses a create, remembers what it was asked. */
export class FakeAdmission {
  readonly admitted: AdmitRequest[] = [];
  readonly counts = new Map<string, number>();
  readonly scopes: string[] = [];
  isDown = false;

  of(scope: string): AdmissionObject {
    this.scopes.push(scope);
    const count = (limit: number) => {
      if (this.isDown) throw new Error("the object is out of reach");
      const used = (this.counts.get(scope) ?? 0) + 1;
      this.counts.set(scope, used);
      return { allowed: used <= limit, limit, remaining: Math.max(0, limit - used), resetsInSeconds: 42 };
    };
    return {
      admit: async (request) => {
        this.admitted.push(request);
        const rate = request.ratePerMinute === null ? null : count(request.ratePerMinute);
        const daily =
          request.dailyCap === null ? null : { limit: request.dailyCap, remaining: request.dailyCap - 1, resetsInSeconds: 43_200 };
        if (rate && !rate.allowed) return { rate, daily, outcome: "rate_limited" };
        return { rate, daily, outcome: "proceed", resourceId: request.resourceId, resumed: false, attempt: 1 };
      },
      count: async (limit) => count(limit),
      finish: async () => undefined,
      fail: async () => undefined,
      forget: async () => undefined,
      attach: async () => undefined,
      detach: async () => undefined,
      beginUpload: async () => true,
      endUpload: async () => undefined,
    };
  }
}

/** Answers every statement with one row that has what any of them reads. */
export class FakeDatabase implements PlatformDatabase {
  /** Who every session and key belongs to. */
  account = {
    user_id: "6f7a4c1e-2222-4222-8222-222222222222",
    email: "owner@test.example",
    role: "owner",
    team_id: "6f7a4c1e-1111-4111-8111-111111111111",
    team_name: "test",
    key_id: "6f7a4c1e-3333-4333-8333-333333333333",
    scopes: ["read", "write", "admin"],
    revoked: false,
  };
  isDown = false;
  asked = 0;

  async query(): Promise<unknown[]> {
    this.asked += 1;
    if (this.isDown) throw new Error("no database");
    return [
      {
        status: "active",
        created_at: new Date(START_MS),
        expires_at: new Date(START_MS + 86_400_000),
        network: 0,
        asn: 0,
        live: 0,
        over_size: false,
        tier: "hobby",
        ...this.account,
      },
    ];
  }
}

/** Takes every mail and keeps it in memory. */
export class FakeMail implements MailPort, Mailbox {
  readonly sent: Message[] = [];

  async send(message: Message): Promise<{ messageId: string }> {
    this.sent.push(message);
    return { messageId: `<${this.sent.length}@test.example>` };
  }

  async check(): Promise<void> {}

  async list() {
    return this.sent.map(({ tag: kind, ...message }, index) => ({
      id: String(index),
      received_at: new Date(START_MS).toISOString(),
      kind,
      ...message,
    }));
  }
}

/** Holds what it is given and hands it out again: the object itself is tested in workerd (test/objects/webhook-inbox.test.ts). */
export class FakeInbox implements WebhookInboxObject {
  opening: Opening | null = null;
  isClosed = false;
  readonly stored: StoredRequest[] = [];
  replays = 0;

  async open(opening: Opening): Promise<"open" | "closed"> {
    if (this.isClosed) return "closed";
    this.opening = opening;
    return "open";
  }

  async adjust(): Promise<"open" | "closed"> {
    return this.opening && !this.isClosed ? "open" : "closed";
  }

  async receive(arrival: Arrival): Promise<Receipt> {
    const absent = this.#absent();
    if (absent) return absent;
    const id = `req_${(this.stored.length + 1).toString(16).padStart(14, "0")}`;
    this.stored.push({ ...arrival, id, receivedAt: START_MS });
    return { outcome: "stored", id, rotated: false, response: this.opening?.response ?? null };
  }

  async list(): Promise<Page> {
    const requests = [...this.stored].reverse();
    return this.#absent() ?? { outcome: "page", requests, next: null, total: requests.length, bytes: 0 };
  }

  async next(): Promise<Next> {
    const [request] = this.stored;
    return this.#absent() ?? (request ? { outcome: "arrived", request, missed: false } : { outcome: "none" });
  }

  async read(id: string): Promise<Reading> {
    return this.#absent() ?? { outcome: "found", request: this.stored.find((one) => one.id === id) ?? null };
  }

  async usage(): Promise<Usage> {
    return this.#absent() ?? { outcome: "used", requests: this.stored.length, bytes: 0 };
  }

  async takeReplay(id: string): Promise<ReplayTurn> {
    this.replays += 1;
    const allowed = this.replays <= REPLAYS_PER_MINUTE;
    const allowance = {
      allowed,
      limit: REPLAYS_PER_MINUTE,
      remaining: Math.max(0, REPLAYS_PER_MINUTE - this.replays),
      resetsInSeconds: 42,
    };
    const reading = await this.read(id);
    return reading.outcome === "found" ? { ...reading, allowance } : reading;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.stored.length = 0;
  }

  #absent(): Absent | null {
    if (this.isClosed) return { outcome: "gone" };
    return this.opening ? null : { outcome: "missing" };
  }
}

export class FakeInboxes implements InboxPort {
  readonly made = new Map<string, FakeInbox>();

  async of(token: string): Promise<FakeInbox> {
    const inbox = this.made.get(token) ?? new FakeInbox();
    this.made.set(token, inbox);
    return inbox;
  }
}

const READY: Readiness = {
  ok: true,
  overall: "ok",
  commit_id: "bridge",
  checks: Object.fromEntries(
    Object.values(ENGINES).map(({ check: name }) => [
      name,
      { status: "ok", latency_ms: 1, last_checked: new Date(START_MS).toISOString() },
    ]),
  ),
};

export class FakeBridge implements BridgePort {
  ready: Readiness | null = READY;

  /** The one job these tests cause is a create. */
  send: BridgePort["send"] = async () =>
    ({
      ok: true,
      state: "active",
      cold: false,
      grant: {
        connection_url: "postgres://u:secret@pg.example:5432/d",
        internal_url: "postgres://u:secret@pg.internal:5432/d",
        rotation: 0,
      },
    }) as never;

  sign: BridgePort["sign"] = async ({ kind }) => ({ kind, jws: "signed" }) as never;

  run: BridgePort["run"] = async (job, jobId, requestId) => this.send(await this.sign(job, jobId), requestId);

  runService: BridgePort["runService"] = async () => {
    throw new BridgeError("unreachable", true);
  };

  exchange: BridgePort["exchange"] = async () => {
    throw new BridgeError("unreachable", true);
  };

  async readiness(): Promise<Readiness> {
    if (!this.ready) throw new Error("no bridge");
    return this.ready;
  }
}

export type Fakes = {
  clock: FakeClock;
  admission: FakeAdmission;
  database: FakeDatabase;
  bridge: FakeBridge;
  mail: FakeMail;
  inboxes: FakeInboxes;
  lines: string[];
};

export async function fakeDeps(overrides: Partial<Config> = {}): Promise<{ deps: Deps } & Fakes> {
  const config = await fakeConfig(overrides);
  const fakes = {
    clock: new FakeClock(),
    admission: new FakeAdmission(),
    database: new FakeDatabase(),
    bridge: new FakeBridge(),
    mail: new FakeMail(),
    inboxes: new FakeInboxes(),
  };
  const lines: string[] = [];
  const deps: Deps = {
    ...fakes,
    config,
    build: { commitId: "abc1234", buildTime: "2026-11-24T00:00:00.000Z", version: "0.1.0" },
    ids,
    log: createLogger(fakes.clock, (_level, line) => void lines.push(line)),
    tokens: createTokens(config, fakes.clock, ids),
    sealer: createSealer(config.encryptionKeys, ids),
    hasher: createHasher(config),
    verifyReport: createReportVerifier(config, fakes.clock),
    jobKeys: createSigningKeys(config.jobSigningKeys),
    outbox: { enqueue: async () => undefined, state: async () => ({ due: 0, dead: 0, oldestDueSeconds: 0 }), revive: async () => [] },
    mail: fakes.mail,
    mailbox: fakes.mail,
    publicInternet: null,
    objectStore: null,
    assets: { fetch: async (request) => assetAt(new URL(request.url).pathname) },
    fault: async () => undefined,
  };
  return { deps, ...fakes, lines };
}

/** A folder without content types, as `workerd serve` offers it. */
const ASSETS = new Map([
  ["/openapi.json", '{"openapi":"3.1.0"}'],
  ["/docs/style.css", "body{}"],
  ["/docs/reference.js", "void 0"],
]);

function assetAt(path: string): Response {
  const content = ASSETS.get(path);
  return content === undefined ? new Response("not here", { status: 404 }) : new Response(new TextEncoder().encode(content));
}
