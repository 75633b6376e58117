/** A server that cannot keep tenants apart gets none, and the log says why. */
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keyOf } from "../../../provisioner-bridge/engines/nats/nkeys.ts";
import { jobsOf, startTestBridge } from "../../support/bridge.ts";
import { startTestNats, type TestNats } from "../../support/nats.ts";
import type { TestPostgres } from "../../support/postgres.ts";
import { sharedRegistryServer } from "../../support/registry-server.ts";
import { QUEUE_LIMITS } from "./subject.ts";

let postgres: TestPostgres;
let nats: TestNats;
beforeAll(async () => {
  [postgres, nats] = await Promise.all([sharedRegistryServer(), startTestNats()]);
});
afterAll(() => nats?.dispose());

/** Has a bridge make a queue. @returns the refusal and the bridge's log */
async function tryCreate(env: Record<string, string>): Promise<{ error: unknown; log: string }> {
  const t = await startTestBridge({ registryServer: postgres, env });
  try {
    const { body } = await t.run(jobsOf("nats").createJob(randomUUID(), 1, QUEUE_LIMITS));
    return { error: body.error, log: t.logs.join("\n") };
  } finally {
    await t.close();
  }
}

const operatorOf = () => JSON.parse(nats.env.BRIDGE_NATS_SERVERS ?? "")[0].operator;

/** A server whose configuration file is changed before it runs again. */
async function withServer(change: (configuration: string) => string, work: (server: TestNats) => Promise<void>): Promise<void> {
  const server = await startTestNats();
  try {
    await server.halt("stop");
    writeFileSync(server.configuration.file, change(server.configuration.text));
    await server.restart();
    await work(server);
  } finally {
    await server.dispose();
  }
}

test.each([
  ["deletes no accounts", (text: string) => text.replace("allow_delete: true, hard_delete: true", "allow_delete: false"), /allow_delete/],
  ["has no JetStream", (text: string) => text.replace(/^jetstream .*$/m, ""), /JetStream is off/],
])("a server that %s", async (_what, change, said) => {
  await withServer(change, async (server) => {
    const { error, log } = await tryCreate(server.env);
    expect(error).toBe("engine_unavailable");
    expect(log).toMatch(said);
  });
});

test("an operator key the server does not know", async () => {
  const operator = { ...operatorOf(), seed: keyOf("O", Buffer.alloc(32, 7)).seed };
  const { error, log } = await tryCreate(nats.entry({ operator }));
  expect(error).toBe("engine_unavailable");
  expect(log).toMatch(/trust the configured operator key/);
});

test("a system user the server does not let in", async () => {
  const operator = { ...operatorOf(), system_seed: keyOf("U", Buffer.alloc(32, 7)).seed };
  expect((await tryCreate(nats.entry({ operator }))).error).toBe("engine_unavailable");
});

test("a seed that is none keeps the bridge from starting, and is not quoted", async () => {
  const seed = "SOAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  const operator = { ...operatorOf(), seed };
  await expect(tryCreate(nats.entry({ operator }))).rejects.toThrow(/not a seed of the role O/);
  await expect(tryCreate(nats.entry({ operator }))).rejects.not.toThrow(new RegExp(seed));
});

test("a server that is well says nothing but, when it is old, that a newer one is safer", async () => {
  const { error, log } = await tryCreate(nats.env);
  expect(error).toBeUndefined();
  expect(log).not.toMatch(/not fit|could not be prepared/);
});
