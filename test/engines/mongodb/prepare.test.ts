/** A server gets tenants only when it can keep them apart. */
import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { readinessSchema } from "../../../contract/readiness.ts";
import { startTestBridge, type TestBridge } from "../../support/bridge.ts";
import { startCarelessMongodb } from "../../support/careless-mongodb.ts";
import { sharedRegistryServer } from "../../support/registry-server.ts";
import { useEngine } from "../suite/subject.ts";
import { describeMongodb, LIMITS, mongodbSubject } from "./fixture.ts";

describeMongodb("preparing a server", () => {
  const bench = useEngine(mongodbSubject({}, { alone: true }));
  const { createJob, dropJob } = bench.jobs;
  const extra: { close(): Promise<unknown> }[] = [];
  afterEach(async () => {
    for (const one of extra.splice(0).reverse()) await one.close();
  });

  async function bridgeOn(changes: Record<string, unknown>): Promise<TestBridge> {
    const registryServer = await sharedRegistryServer();
    const t = await startTestBridge({ registryServer, env: bench.server.mongodb.env(changes) });
    extra.push(t);
    return t;
  }
  const create = (t: TestBridge) => t.run(createJob(randomUUID(), 1, LIMITS));

  test("one without authorization gets no tenant", async () => {
    const careless = await startCarelessMongodb("7.0.0");
    extra.push(careless);
    const t = await bridgeOn({ public_port: careless.port });
    expect((await create(t)).body.error).toBe("engine_unavailable");
    expect(t.logs.join("")).toContain("authorization is off");
    expect(readinessSchema.parse(await (await fetch(`${t.url}/readyz`)).json()).checks.mongodb?.status).toBe("down");
  });

  test("one older than MongoDB 6 gets no tenant", async () => {
    const old = await startCarelessMongodb("5.0.31");
    extra.push(old);
    const t = await bridgeOn({ admin_url: `mongodb://127.0.0.1:${old.port}/`, public_port: old.port });
    expect((await create(t)).body.error).toBe("engine_unavailable");
    expect(t.logs.join("")).toContain("MongoDB 6 or newer is needed, it is 5.0.31");
  });

  test("with an administrator who is none, no tenant is made", async () => {
    const { mongodb } = bench.server;
    await mongodb.command({ createUser: "halfway", pwd: "secret-of-halfway", roles: ["readWrite"] }, "halfway");
    const admin = new URL(mongodb.url);
    Object.assign(admin, { username: "halfway", password: "secret-of-halfway", search: "?authSource=halfway" });
    const t = await bridgeOn({ admin_url: admin.href });
    expect((await create(t)).body.error).toBe("engine_unavailable");
    expect(t.logs.join("")).toContain("the role root");
    await mongodb.command({ dropAllUsersFromDatabase: 1 }, "halfway");
  });

  test("a wrong password of the administrator is an engine that does not answer, and is used as soon as it is right", async () => {
    const admin = new URL(bench.server.mongodb.url);
    admin.password = "wrong";
    const t = await bridgeOn({ admin_url: admin.href });
    expect((await create(t)).body.error).toBe("engine_unavailable");
    expect(t.logs.join("")).not.toContain("wrong@");
  });

  test("a server that is down at start keeps the bridge from nothing but creates, and is used when it comes", async () => {
    await bench.server.mongodb.halt("stop");
    const t = await bridgeOn({});
    expect((await create(t)).body.error).toBe("engine_unavailable");
    expect(readinessSchema.parse(await (await fetch(`${t.url}/readyz`)).json())).toMatchObject({ ok: true, overall: "degraded" });
    await bench.server.mongodb.restart();
    const id = randomUUID();
    expect((await t.run(createJob(id, 1, LIMITS))).status).toBe(200);
    expect((await t.run(dropJob(id))).status).toBe(200);
  });
});
