/** A new release takes over without a failed request; one that does not work leaves the old one serving. */
import { randomInt } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { Agent } from "node:https";
import { beforeAll, describe, expect, it } from "vitest";
import { accepted, answering, askApp, decided, type Files, type Item, itemOf, postDeploy } from "../support/apps.ts";
import { type AccountWithKey, accountWithKey, api, stack } from "../support/apps-stack.ts";

let account: AccountWithKey;
let app: Item;
const REDEPLOY = { redeploy: "true" };
const SKIP_CONFIRMATION = { "X-Skip-Email-Confirmation": "yes" };
const call = (method: string, path: string, body?: unknown) =>
  api.call(method, `/deploy/${app.app_id}${path}`, { headers: account.bearer, ...(body === undefined ? {} : { body }) });
const shown = async (): Promise<string> => (await askApp(app.url, stack.appsCaFile)).text;

async function redeploy(files: Files, fields = {}): Promise<Item> {
  accepted(await postDeploy(api, account.bearer, { name: "shop", files, fields: { ...REDEPLOY, ...fields } }));
  return decided(api, account.bearer, app.app_id);
}

/** The command lines of this machine's processes that have this argument. */
function processesWith(argument: string): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return line.includes(argument) ? [line.join(" ")] : [];
    } catch {
      return [];
    }
  });
}

beforeAll(async () => {
  account = await accountWithKey("hobby");
  app = accepted(
    await postDeploy(api, account.bearer, { name: "shop", files: answering("one"), fields: { env_vars: '{"COLOUR":"red"}' } }),
  );
  expect(await decided(api, account.bearer, app.app_id)).toMatchObject({ status: "healthy" });
});

describe("a redeploy", () => {
  it("under a constant load loses no request", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const seen = new Map<string, number>();
    let running = true;
    const client = async (): Promise<void> => {
      while (running) {
        const { status, text } = await askApp(app.url, stack.appsCaFile, { agent });
        const what = status === 200 ? text : `${status} ${text}`;
        seen.set(what, (seen.get(what) ?? 0) + 1);
      }
    };
    const clients = [client(), client(), client(), client()];
    expect(await redeploy(answering("two"))).toMatchObject({ status: "healthy", release: 2 });
    running = false;
    await Promise.all(clients);
    agent.destroy();
    expect([...seen.keys()].sort()).toEqual(["one", "two"]);
  });

  it.each<[string, Files, string]>([
    ["does not build", { Dockerfile: "FROM node:20\nRUN echo the reason; exit 3\n" }, "build_failed"],
    ["needs an image that does not exist", { Dockerfile: "FROM no-such-image:1\n" }, "image_not_found"],
    ["ends at once", { Dockerfile: 'FROM node:20\nCMD ["node", "-e", "console.log(\'the reason\'); process.exit(4)"]\n' }, "crash_loop"],
  ])("that %s leaves the old release serving, and says why", async (_what, files, reason) => {
    const item = await redeploy(files);
    expect(item.failure).toMatchObject({ reason });
    expect(await shown()).toBe("two");
    const { body } = await call("GET", "/events?limit=1");
    expect(body).toMatchObject({ events: [{ reason }] });
  });

  it("names the port that the app listens on when it is another one", async () => {
    const server = 'require("http").createServer((q, a) => a.end("x")).listen(3456)';
    const item = await redeploy({ ...answering("x"), "server.js": server });
    expect(item.failure).toMatchObject({ reason: "port_mismatch", event: expect.stringContaining("3456") });
    expect(await shown()).toBe("two");
  });
});

describe("a deployment", () => {
  it("rolls back to any of its releases without a build", async () => {
    const answer = await call("POST", "/rollback", { release: 1 });
    expect(answer.status, answer.text).toBe(202);
    expect(await decided(api, account.bearer, app.app_id)).toMatchObject({ status: "healthy" });
    expect(await shown()).toBe("one");
  });

  it("takes new variables with a redeploy, and masks them", async () => {
    const server = 'require("http").createServer((q, a) => a.end(process.env.COLOUR)).listen(process.env.PORT)';
    await redeploy({ ...answering(""), "server.js": server });
    expect(await shown()).toBe("red");
    const patched = await call("PATCH", "/env", { env: { COLOUR: "green" } });
    expect(patched.body).toMatchObject({ item: { env: { COLOUR: "***" } } });
    expect((await call("POST", "/redeploy")).status).toBe(202);
    expect(await decided(api, account.bearer, app.app_id)).toMatchObject({ status: "healthy" });
    expect(await shown()).toBe("green");
  });

  it("stops: its address says so; and starts again", async () => {
    expect((await call("POST", "/stop")).status).toBe(202);
    await expect.poll(async () => (await itemOf(api, account.bearer, app.app_id)).status, { timeout: 30_000 }).toBe("stopped");
    expect(await askApp(app.url, stack.appsCaFile)).not.toMatchObject({ status: 200 });
    expect((await call("POST", "/start")).status).toBe(202);
    await expect.poll(async () => (await itemOf(api, account.bearer, app.app_id)).status, { timeout: 60_000 }).toBe("healthy");
    expect(await shown()).toBe("green");
  });

  it("shows the log of its build and of its container, each to its end", async () => {
    const build = await call("GET", "/logs?source=build");
    expect(build.headers.get("content-type")).toContain("text/event-stream");
    expect(build.text).toMatch(/STEP 1/);
    expect(build.text.trimEnd().endsWith("data: [end]")).toBe(true);
  });

  it("is gone after its deletion: address, containers, images, network, sources", async () => {
    const refused = await call("DELETE", "");
    expect(refused.body).toMatchObject({ error: "deletion_confirmation_required" });
    const answer = await api.call("DELETE", `/deploy/${app.app_id}`, {
      headers: { ...account.bearer, ...SKIP_CONFIRMATION },
    });
    expect(answer.status, answer.text).toBe(200);
    await expect.poll(async () => (await askApp(app.url, stack.appsCaFile)).status, { timeout: 60_000 }).toBe(404);
    await expect.poll(async () => (await call("GET", "")).status, { timeout: 60_000 }).toBe(404);
  });

  it("is gone while it builds: the build ends, and the place it had is free", async () => {
    const seconds = String(randomInt(100_000, 999_999));
    const files = { Dockerfile: `FROM node:20\nRUN sleep ${seconds}\n` };
    const { app_id } = accepted(await postDeploy(api, account.bearer, { name: "slow", files }));
    await expect.poll(() => processesWith(seconds), { timeout: 60_000 }).not.toEqual([]);
    const answer = await api.call("DELETE", `/deploy/${app_id}`, { headers: { ...account.bearer, ...SKIP_CONFIRMATION } });
    expect(answer.status, answer.text).toBe(200);
    await expect.poll(() => processesWith(seconds), { timeout: 20_000 }).toEqual([]);
    await expect
      .poll(async () => (await api.call("GET", `/deploy/${app_id}`, { headers: account.bearer })).status, { timeout: 20_000 })
      .toBe(404);
  });
});
