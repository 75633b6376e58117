/** Apps outlive what runs them; and nothing is built or started while containers are not known to be isolated. A stack of its own: it is broken. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newAccount, newApiKey } from "../support/accounts.ts";
import { type Api, apiOf } from "../support/api.ts";
import { accepted, answering, askApp, decided, type Item, itemOf, postDeploy } from "../support/apps.ts";
import { startTestStack, type TestStack } from "../support/stack.ts";

const SOON = { timeout: 60_000, interval: 200 };

let own: TestStack;
let api: Api;
let bearer: { Authorization: string };
let app: Item;
beforeAll(async () => {
  own = await startTestStack({
    deploys: true,
    engines: ["postgres"],
    bridgeEnv: { BRIDGE_DRAIN_SECONDS: "0", BRIDGE_BUILD_SECONDS: "15" },
  });
  api = apiOf(own.facts);
  bearer = (await newApiKey(api, await newAccount(api), ["read", "write", "admin"])).bearer;
  app = accepted(await postDeploy(api, bearer, { name: "kept", files: answering("kept") }));
  expect(await decided(api, bearer, app.app_id)).toMatchObject({ status: "healthy" });
});
afterAll(() => own?.dispose());

const shown = async (): Promise<string> => askApp(app.url, own.facts.appsCaFile).then(({ text }) => text, String);
const builder = async (url: string): Promise<unknown> => {
  const answer = await fetch(`${url}/readyz`);
  return ((await answer.json()) as { checks: Record<string, { status: string }> }).checks.builder?.status;
};
const redeploy = () => api.call("POST", `/deploy/${app.app_id}/redeploy`, { headers: bearer });

it("a build that takes too long is ended and says so; the app goes on", async () => {
  const files = { Dockerfile: "FROM node:20\nRUN echo waiting; sleep 600\n" };
  accepted(await postDeploy(api, bearer, { name: "kept", files, fields: { redeploy: "true" } }));
  const item = await decided(api, bearer, app.app_id);
  expect(item).toMatchObject({ status: "healthy", failure: { reason: "build_timeout", last_lines: expect.stringContaining("waiting") } });
  expect(item.failure).toMatchObject({
    event: "The build was stopped after 15 seconds.",
    hint: expect.stringContaining("Make the build shorter"),
  });
  expect(await shown()).toBe("kept");
});

it("when the proxy dies, it is back with every route", async () => {
  own.service("ingress").kill("SIGKILL");
  await expect.poll(shown, SOON).toBe("kept");
});

it("when the container engine's service dies, the app goes on; the next release starts", async () => {
  own.service("container-engine").kill("SIGKILL");
  expect(await shown()).toBe("kept");
  await expect.poll(async () => (await redeploy()).status, SOON).toBe(202);
  expect(await decided(api, bearer, app.app_id)).toMatchObject({ status: "healthy", release: 3 });
  expect(await shown()).toBe("kept");
});

it("after a restart of the machine the app is back without a build", async () => {
  const names = ["bridge", "ingress", "container-engine", "firewall"];
  for (const name of names) await own.service(name).stop();
  expect(await shown()).not.toBe("kept");
  // What a machine forgets: the state of running containers, which is in memory.
  const run = join(dirname(own.facts.deploysDir), "containers", "run");
  expect(existsSync(run)).toBe(true);
  for (const name of readdirSync(run)) rmSync(join(run, name), { recursive: true, force: true });
  for (const name of names.toReversed()) {
    await own.service(name).start();
    await own.service(name).ready();
  }
  await expect.poll(shown, SOON).toBe("kept");
  expect(await itemOf(api, bearer, app.app_id)).toMatchObject({ status: "healthy", release: 3 });
});

it("without the firewall nothing is built or started, what runs goes on, and deploys resume when it is back", async () => {
  await own.service("firewall").stop();
  await own.service("bridge").restart();
  await expect.poll(() => builder(own.facts.bridgeUrl), SOON).toBe("down");
  await expect.poll(() => builder(own.facts.apiUrl), SOON).toBe("down");
  for (const refused of [
    await redeploy(),
    await postDeploy(api, bearer, { name: "kept", files: answering("new"), fields: { redeploy: "true" } }),
  ]) {
    expect([refused.status, refused.body]).toMatchObject([503, { error: "builder_unavailable", retry_after_seconds: 60 }]);
  }
  expect(await shown()).toBe("kept");
  await own.service("firewall").start();
  await expect.poll(() => builder(own.facts.apiUrl), SOON).toBe("ok");
  expect((await redeploy()).status).toBe(202);
  expect(await decided(api, bearer, app.app_id)).toMatchObject({ status: "healthy", release: 4 });
});
