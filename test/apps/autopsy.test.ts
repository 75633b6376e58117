/** Every way in which an app fails is named, with what its owner needs to mend it. Each case is a real app, through the public API. */
import { describe, expect, it } from "vitest";
import { accepted, answering, askApp, decided, type Files, type Item, itemOf, postDeploy } from "../support/apps.ts";
import { type AccountWithKey, accountWithKey, api, stack } from "../support/apps-stack.ts";

/** Time for the pauses between restarts, on a busy machine. */
const LATER = { timeout: 120_000, interval: 300 };

const node = (program: string): Files => ({ Dockerfile: 'FROM node:20\nCOPY app.js /\nCMD ["node", "/app.js"]\n', "app.js": program });
const SERVE = 'require("http").createServer((q, a) => a.end("up")).listen(process.env.PORT);';

const deploy = async (who: AccountWithKey, files: Files, fields: Record<string, string> = {}): Promise<Item> =>
  accepted(await postDeploy(api, who.bearer, { name: "autopsy", files, fields }));
const read = async (who: AccountWithKey, item: Item, below: string) =>
  (await api.call("GET", `/deploy/${item.app_id}${below}`, { headers: who.bearer })).body;
/** Resolves when it has failed while it ran. */
const failedWhileRunning = (who: AccountWithKey, { app_id }: Item): Promise<Item> =>
  expect
    .poll(async () => (await itemOf(api, who.bearer, app_id)).status, LATER)
    .toBe("failed")
    .then(() => itemOf(api, who.bearer, app_id));

/** Container engines differ. */
const NOT_ZERO = expect.toSatisfy((code: unknown) => typeof code === "number" && code > 0);
type Expected = { reason: string; event: RegExp; hint: RegExp; exit_code: unknown; last_lines?: RegExp };
const matching = ({ reason, event, hint, exit_code, last_lines = /^/ }: Expected) => ({
  reason,
  event: expect.stringMatching(event),
  hint: expect.stringMatching(hint),
  exit_code,
  last_lines: expect.stringMatching(last_lines),
});

describe.concurrent("a first deploy", () => {
  it.each<[string, Files, Expected]>([
    [
      "that does not build",
      { Dockerfile: "FROM node:20\nRUN echo the reason >&2; exit 7\n" },
      { reason: "build_failed", event: /exit code 7/, hint: /build log/, exit_code: 7, last_lines: /the reason/ },
    ],
    [
      "whose build fills the disk",
      { Dockerfile: "FROM node:20\nRUN dd if=/dev/zero of=/full bs=1M count=1500 && sleep 60\n" },
      { reason: "disk_full", event: /disk space/, hint: /caches in the build/, exit_code: null },
    ],
    [
      "whose base image does not exist",
      { Dockerfile: "FROM no-such-image:1\n" },
      { reason: "image_not_found", event: /does not exist/, hint: /FROM/, exit_code: null },
    ],
    [
      "that runs and never listens",
      node('console.log("working"); setInterval(() => {}, 1000);'),
      { reason: "not_ready", event: /no HTTP answer on port 8080/, hint: /0\.0\.0\.0.*PORT/, exit_code: null, last_lines: /working/ },
    ],
    [
      "that listens on another port",
      node('require("http").createServer((q, a) => a.end()).listen(3456);'),
      { reason: "port_mismatch", event: /port 3456, not on port 8080/, hint: /PORT.*port set to 3456/, exit_code: null },
    ],
    [
      "that listens on 127.0.0.1 only",
      node('require("http").createServer((q, a) => a.end()).listen(process.env.PORT, "127.0.0.1");'),
      { reason: "not_ready", event: /no HTTP answer/, hint: /0\.0\.0\.0, not on 127\.0\.0\.1/, exit_code: null },
    ],
    [
      "that ends at once",
      node('console.error("no database"); process.exit(4);'),
      { reason: "crash_loop", event: /exit code 4/, hint: /last lines/, exit_code: 4, last_lines: /no database/ },
    ],
    [
      "whose command does not exist",
      { Dockerfile: 'FROM node:20\nCMD ["/no/such/program"]\n' },
      { reason: "crash_loop", event: /exit code/, hint: /start command/, exit_code: NOT_ZERO, last_lines: /No such file/ },
    ],
  ])("%s says so, in item and timeline, and keeps its build log", async (_what, files, expected) => {
    const account = await accountWithKey();
    const { app_id } = await deploy(account, files);
    const item = await decided(api, account.bearer, app_id);
    expect(item).toMatchObject({ status: "failed", failure: matching(expected) });
    const { reason, event, hint, exit_code, last_lines } = matching(expected);
    expect(await read(account, item, "/events?limit=1")).toMatchObject({
      events: [{ kind: "failed", reason, event, hint, exit_code, last_lines }],
    });
    const log = await api.call("GET", `/deploy/${app_id}/logs?source=build`, { headers: account.bearer });
    expect(log.text).toMatch(/FROM/);
    expect(log.text.trimEnd().endsWith("data: [end]")).toBe(true);
  });

  it("that needs more memory than its tier has says how much that is", async () => {
    const small = await accountWithKey();
    const { app_id } = await deploy(small, node("const all = []; for (;;) all.push(Buffer.alloc(10_000_000, 1));"));
    const item = await decided(api, small.bearer, app_id);
    expect(item).toMatchObject({
      status: "failed",
      failure: matching({ reason: "out_of_memory", event: /512 MB/, hint: /tier/, exit_code: 137 }),
    });
  });

  it("whose bound resource is gone at the next release says which variable; the old release serves", async () => {
    const account = await accountWithKey();
    const made = await api.call("POST", "/webhook/new", { headers: account.bearer, body: { name: "bound" } });
    const { token } = made.body as { token: string };
    const first = await deploy(account, answering("first"), { resource_bindings: JSON.stringify({ HOOK_URL: token }) });
    expect(await decided(api, account.bearer, first.app_id)).toMatchObject({ status: "healthy" });
    expect((await api.call("DELETE", `/api/v1/resources/${token}`, { headers: account.bearer })).status).toBe(200);
    const answer = await api.call("POST", `/deploy/${first.app_id}/redeploy`, { headers: account.bearer });
    expect([answer.status, answer.body]).toMatchObject([404, { error: "resource_binding_not_found" }]);
    const failure = matching({ reason: "binding_missing", event: /bound to HOOK_URL/, hint: /resource_bindings/, exit_code: null });
    expect(await itemOf(api, account.bearer, first.app_id)).toMatchObject({ status: "healthy", failure });
    expect(await read(account, first, "/events?limit=1")).toMatchObject({ events: [{ kind: "failed", ...failure }] });
    expect(await askApp(first.url, stack.appsCaFile)).toMatchObject({ status: 200, text: "first" });
  });
});

describe.concurrent("an app that was healthy", () => {
  it("and ends again and again counts as failed, says why at its URL, and is healthy when it runs on", async () => {
    // It ends three times, and then serves for good: its own disk outlives a restart.
    const ends = `const fs = require("fs"); fs.appendFileSync("/tmp/starts", "x"); const starts = fs.readFileSync("/tmp/starts").length;
${SERVE} if (starts <= 3) setTimeout(() => { console.log("ending"); process.exit(9); }, 1500);`;
    const account = await accountWithKey();
    const app = await deploy(account, node(ends));
    expect(await decided(api, account.bearer, app.app_id)).toMatchObject({ status: "healthy" });
    const item = await failedWhileRunning(account, app);
    expect(item.failure).toMatchObject(
      matching({ reason: "crash_loop", event: /exit code 9/, hint: /last lines/, exit_code: 9, last_lines: /ending/ }),
    );
    // The pause after the third end is long enough to see it.
    const dead = await askApp(app.url, stack.appsCaFile);
    expect([dead.status, dead.text]).toEqual([503, expect.stringContaining("GET /deploy/{id}/events says why")]);
    await expect.poll(async () => (await itemOf(api, account.bearer, app.app_id)).status, LATER).toBe("healthy");
    expect(await askApp(app.url, stack.appsCaFile)).toMatchObject({ status: 200 });
    expect(await read(account, app, "/events?limit=2")).toMatchObject({
      events: [{ kind: "healthy" }, { kind: "failed", reason: "crash_loop" }],
    });
  });

  it("and then uses too much memory says so", async () => {
    const small = await accountWithKey();
    const grows = `${SERVE} const all = []; setTimeout(() => { for (;;) all.push(Buffer.alloc(10_000_000, 1)); }, 2000);`;
    const app = await deploy(small, node(grows));
    expect(await decided(api, small.bearer, app.app_id)).toMatchObject({ status: "healthy" });
    expect((await failedWhileRunning(small, app)).failure).toMatchObject(
      matching({ reason: "out_of_memory", event: /512 MB/, hint: /tier/, exit_code: 137 }),
    );
  });

  it("and fills its disk is stopped and says so; a restart begins with an empty one", async () => {
    const small = await accountWithKey();
    const fills = `const fs = require("fs"); ${SERVE} if (process.env.FILL) setTimeout(() => {
  for (let at = 0; at < 40; at += 1) fs.writeFileSync("/tmp/" + at, Buffer.alloc(32 << 20, 1)); }, 500);`;
    const app = await deploy(small, node(fills), { env_vars: '{"FILL":"1"}' });
    expect(await decided(api, small.bearer, app.app_id)).toMatchObject({ status: "healthy" });
    expect((await failedWhileRunning(small, app)).failure).toMatchObject(
      matching({ reason: "disk_full", event: /1024 MB/, hint: /object storage/, exit_code: null }),
    );
    expect((await askApp(app.url, stack.appsCaFile)).status).toBe(503);
    await api.call("PATCH", `/deploy/${app.app_id}/env`, { headers: small.bearer, body: { env: { FILL: "" } } });
    expect((await api.call("POST", `/deploy/${app.app_id}/redeploy`, { headers: small.bearer })).status).toBe(202);
    expect(await decided(api, small.bearer, app.app_id)).toMatchObject({ status: "healthy" });
    expect(await askApp(app.url, stack.appsCaFile)).toMatchObject({ status: 200, text: "up" });
  });
});
