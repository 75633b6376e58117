/** The metrics of an app are what it really used and answered. */
import { beforeAll, expect, it } from "vitest";
import { type AppMetrics, appMetricsSchema } from "../../contract/app-metrics.ts";
import { accepted, askApp, decided, type Item, postDeploy } from "../support/apps.ts";
import { type AccountWithKey, accountWithKey, api, stack } from "../support/apps-stack.ts";

/** Longer than two samples are apart. */
const MEASURED = { timeout: 60_000, interval: 500 };
const PROGRAM = `const held = [];
require("http").createServer((request, answer) => {
  if (request.url === "/slow") return setTimeout(() => answer.end("slow"), 700);
  if (request.url === "/missing") return answer.writeHead(404).end();
  if (request.url === "/busy") { const until = Date.now() + 20_000; const work = () => { const stop = Date.now() + 50; while (Date.now() < stop); if (Date.now() < until) setImmediate(work); }; work(); }
  if (request.url === "/hold") held.push(Buffer.alloc(150 << 20, 1));
  answer.end("ok");
}).listen(process.env.PORT);`;

let account: AccountWithKey;
let app: Item;
beforeAll(async () => {
  account = await accountWithKey("pro");
  const files = { Dockerfile: 'FROM node:20\nCOPY app.js /\nCMD ["node", "/app.js"]\n', "app.js": PROGRAM };
  app = accepted(await postDeploy(api, account.bearer, { name: "measured", files }));
  expect(await decided(api, account.bearer, app.app_id)).toMatchObject({ status: "healthy" });
});

async function metrics(prefix = "/deploy"): Promise<AppMetrics> {
  const answer = await api.call("GET", `${prefix}/${app.app_id}/metrics`, { headers: account.bearer });
  expect(answer.status, answer.text).toBe(200);
  const { ok, id, app_id, ...rest } = answer.body as Record<string, unknown>;
  expect([ok, id, app_id]).toEqual([true, app.id, app.app_id]);
  return appMetricsSchema.parse(rest);
}
const ask = (path: string) => askApp(new URL(path, app.url).href, stack.appsCaFile);
const total = ({ minutes }: AppMetrics, part: keyof AppMetrics["minutes"][number]["requests"]) =>
  minutes.reduce((sum, { requests }) => sum + requests[part], 0);

it("counts every request by its status, and sees a slow one", async () => {
  for (let count = 0; count < 20; count += 1) await ask("");
  for (let count = 0; count < 3; count += 1) await ask("missing");
  await ask("slow");
  await expect
    .poll(async () => {
      const read = await metrics();
      return [total(read, "2xx"), total(read, "4xx"), total(read, "5xx")];
    }, MEASURED)
    .toEqual([21, 3, 0]);
  const slowest = Math.max(...(await metrics("/api/v1/deployments")).minutes.map(({ latency_ms }) => latency_ms?.p99 ?? 0));
  expect(slowest).toBeGreaterThan(630);
  expect(slowest).toBeLessThan(1_500);
});

it("sees a busy processor and memory that is held, beside the limits of the tier", async () => {
  await ask("hold");
  await ask("busy");
  await expect
    .poll(async () => Math.max(...(await metrics()).minutes.map(({ memory_mb }) => memory_mb ?? 0)), MEASURED)
    .toBeGreaterThan(150);
  await expect
    .poll(async () => Math.max(...(await metrics()).minutes.map(({ cpu_millicores }) => cpu_millicores ?? 0)), MEASURED)
    .toBeGreaterThan(200);
  const { limits, restarts } = await metrics();
  expect([limits, restarts]).toEqual([{ cpu_millicores: 1_000, memory_mb: 1_024 }, 0]);
});

it("of another team's app are 404, as of none", async () => {
  const other = await accountWithKey();
  expect((await api.call("GET", `/deploy/${app.app_id}/metrics`, { headers: other.bearer })).status).toBe(404);
  expect((await api.call("GET", "/deploy/zzzzzzzz/metrics", { headers: other.bearer })).status).toBe(404);
});
