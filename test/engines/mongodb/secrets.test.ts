/** Passwords and URLs of MongoDB's tenants stand in no log line, no row and no error answer. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createPoints } from "../../../provisioner-bridge/faults.ts";
import { grantOf } from "../../support/bridge.ts";
import { dump } from "../../support/inspect.ts";
import { useDatabase } from "../../support/mongodb.ts";
import { makeTenant, useEngine } from "../suite/subject.ts";
import { describeMongodb, LIMITS, mongodbSubject } from "./fixture.ts";

describeMongodb("secrets", () => {
  const bench = useEngine(mongodbSubject());
  const { createJob, dropJob, limitJob, rotateJob } = bench.jobs;

  test("after creates, retries, rotations, failures, refusals and drops, no canary is found", async () => {
    const { t } = bench;
    const canaries = new Set<string>();
    const spill: string[] = [];
    const remember = (url: string) => canaries.add(url).add(new URL(url).password);

    const { id, name, grant } = await makeTenant(bench);
    remember(grant.connection_url);
    for (const access of ["read_only", "none", "full"] as const) await t.run(limitJob(id, 2, LIMITS, access));
    remember(grantOf(await t.run(rotateJob(id, 3, 1))).connection_url);
    for (const point of createPoints("mongodb")) {
      const failed = randomUUID();
      bench.failAt(point);
      spill.push((await t.run(createJob(failed, 1, LIMITS))).text);
      remember(grantOf(await t.run(createJob(failed, 1, LIMITS))).connection_url);
      spill.push((await t.run(dropJob(failed))).text);
    }
    // The credentials of a create do not work: the driver's own words go through the log.
    const broken = randomUUID();
    bench.meddleAt("bridge.create.after_user", async () => {
      const { rows } = await t.registry.query<{ name: string }>("SELECT name FROM tenants WHERE resource_id = $1", [broken]);
      await bench.server.mongodb.command({ updateUser: rows[0]?.name, pwd: "somebody-elses" }, rows[0]?.name);
    });
    spill.push((await t.run(createJob(broken, 1, LIMITS))).text);
    // And the user is taken away under the bridge's feet.
    await bench.server.mongodb.command({ dropUser: name }, name);
    spill.push((await t.run(limitJob(id, 4, LIMITS))).text, await useDatabase(grant.connection_url));
    for (const one of [id, broken]) spill.push((await t.run(dropJob(one, 9))).text);
    spill.push(await (await fetch(`${t.url}/metrics`)).text(), await (await fetch(`${t.url}/readyz`)).text());

    canaries.add(new URL(bench.server.mongodb.url).password);
    const haystack = [...t.logs, ...spill, await dump(t.env.BRIDGE_REGISTRY_URL ?? ""), bench.server.mongodb.serverLog()].join("\n");
    expect(haystack.length).toBeGreaterThan(8_000);
    expect(canaries.size).toBeGreaterThan(10);
    expect([...canaries].filter((canary) => canary === "" || haystack.includes(canary))).toEqual([]);
  });
});
