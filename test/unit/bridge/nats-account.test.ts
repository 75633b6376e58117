/** What the operator signs for a tenant: its tier's limits and nothing more, and a mark that can be read back. */
import { describe, expect, test } from "vitest";
import { tenantLimits } from "../../../contract/limits.ts";
import {
  accountJwt,
  accountState,
  closedAccountJwt,
  pausedAccountJwt,
  readAccount,
} from "../../../provisioner-bridge/engines/nats/account.ts";
import { judgeCapacity } from "../../../provisioner-bridge/engines/nats/capacity.ts";
import { natsServerSchema } from "../../../provisioner-bridge/engines/nats/configuration.ts";
import { accountKey, subjectPrefix, userKeys } from "../../../provisioner-bridge/engines/nats/identity.ts";
import { readClaims } from "../../../provisioner-bridge/engines/nats/jwt.ts";
import { keyOf } from "../../../provisioner-bridge/engines/nats/nkeys.ts";

const NAME = "t_abcdefghijklmnopqrst";
const signing = { operator: keyOf("O", Buffer.alloc(32, 1)), account: accountKey(Buffer.alloc(32, 2), NAME).id, iat: 1 };
const wanted = { registry: "r-1", name: NAME, limits: tenantLimits("queue", "anonymous"), access: "full", signer: "ASIGNER" } as const;
const limitsOf = (jwt: string) => (readClaims(jwt) as { nats: { limits: Record<string, unknown>; signing_keys: unknown[] } }).nats;

describe("an account", () => {
  test("has the anonymous tier's limits, nothing in memory, and no way to other accounts", () => {
    expect(limitsOf(accountJwt(accountState(wanted), signing)).limits).toMatchObject({
      conn: 4,
      disk_storage: 64 * 1_048_576,
      streams: 4,
      mem_storage: 0,
      imports: 0,
      exports: 0,
      leaf: 0,
      wildcards: false,
      disallow_bearer: true,
    });
  });

  test("of an unlimited tier has no limit but those of every queue", () => {
    const { limits } = limitsOf(accountJwt(accountState({ ...wanted, limits: tenantLimits("queue", "team") }), signing));
    expect(limits).toMatchObject({ conn: -1, disk_storage: -1, streams: -1, mem_storage: 0, leaf: 0 });
  });

  test("is never smaller than what its streams have reserved", () => {
    const reserved = 100 * 1_048_576;
    expect(accountState(wanted, reserved).storage_bytes).toBe(reserved);
    expect(accountState(wanted, 1).storage_bytes).toBe(64 * 1_048_576);
  });

  test.each(["full", "read_only", "none"] as const)("bears a mark that says all of it, with access %s too", (access) => {
    const state = accountState({ ...wanted, access });
    for (const [isPaused, jwt] of [
      [false, accountJwt(state, signing)],
      [true, pausedAccountJwt(state, signing)],
    ] as const) {
      expect(readAccount(jwt)).toEqual({ registry: "r-1", name: NAME, state, isPaused });
      expect(limitsOf(jwt).signing_keys).toHaveLength(access === "none" ? 0 : 1);
    }
  });

  test("on its way out still bears it, and lets nobody in", () => {
    const jwt = closedAccountJwt({ registry: "r-1", name: NAME }, signing);
    expect(readAccount(jwt)).toMatchObject({ registry: "r-1", name: NAME, state: null });
    expect(limitsOf(jwt).signing_keys).toEqual([]);
  });

  test.each([
    ["without a description", {}],
    ["of somebody else", { description: "billing" }],
    ["of somebody else, in JSON", { description: '{"owner":"else"}' }],
  ])("%s is none of ours", (_what, nats) => {
    const jwt = ["x", Buffer.from(JSON.stringify({ nats })).toString("base64url"), "x"].join(".");
    expect(readAccount(jwt)).toBeNull();
  });
});

describe("identity", () => {
  test("the account depends on secret and name, the user and its signer on the password as well", () => {
    const account = (secret: number, name: string) => accountKey(Buffer.alloc(32, secret), name).id;
    expect(new Set([account(1, "t_a"), account(2, "t_a"), account(1, "t_b")]).size).toBe(3);
    expect(account(1, "t_a")).toBe(account(1, "t_a"));
    const [one, other] = [userKeys({ name: "t_a", password: "p" }), userKeys({ name: "t_a", password: "q" })];
    expect(new Set([one.user.id, other.user.id, one.signer.id, other.signer.id]).size).toBe(4);
    expect([one.signer.id[0], one.user.id[0]]).toEqual(["A", "U"]);
  });

  test("the subject prefix is the documented one", () => {
    expect(subjectPrefix(NAME)).toBe("tenant_abcdefghijklmnopqrst");
  });
});

describe("capacity", () => {
  const address = { public_host: "q", public_port: 1, internal_host: "q", internal_port: 1 };
  const config = natsServerSchema.parse({ id: "n", ...address, max_accounts: 7, connection_oversubscription: 2 });
  const seen = { connections: 40, maxConnections: 110, storageBytes: 100 * 1_048_576 };

  test("a tenth of the storage is kept back, and connections are promised twice", () => {
    expect(judgeCapacity(config, seen, 50)).toEqual({
      server: "n",
      status: "open",
      maxTenants: 7,
      connectionBudget: 200,
      storageBudgetMb: 90,
      freeConnections: 60,
    });
  });

  test.each([
    ["connections", { ...seen, connections: 100 }, 50],
    ["disk", seen, 9.9],
    ["JetStream", { ...seen, storageBytes: null }, 50],
  ])("without %s it is full", (_what, now, disk) => {
    expect(judgeCapacity(config, now, disk).status).toBe("full");
  });
});
