/** The pages of deployments: they follow a release without a reload, show no value of a variable, and offer to each role what it may do. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newAccount, type Signed } from "../support/accounts.ts";
import { type Api, apiOf } from "../support/api.ts";
import { expectToFit, launchBrowser, openPage, PHONE, shoot } from "../support/browser.ts";
import { freshCaller } from "../support/callers.ts";
import { type DeployedItem, deploy, deployedSchema } from "../support/deploys.ts";
import { query } from "../support/postgres-client.ts";
import { startTestStack, type TestStack } from "../support/stack.ts";
import { StandInBridge } from "../support/stand-in-bridge.ts";

const SECRET = "canary-of-a-variable";
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const MARKUP = "<script>alert(1)</script>";

const bridge = new StandInBridge();
let test: TestStack;
let api: Api;
let browser: Browser;

beforeAll(async () => {
  test = await startTestStack({ engines: ["postgres"], workerVars: { BRIDGE_URL: await bridge.start() } });
  bridge.attach(test.facts);
  api = apiOf(test.facts);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await test.dispose();
  bridge.stop();
});

const sql = (text: string, values: unknown[]) => query(test.facts.platformUrl, text, values);
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });
const open = (who: Signed, options = {}) => openPage(browser, options, who, test.facts.apiUrl);
const pageOf = ({ app_id }: DeployedItem, below = "") => `/dashboard/deployments/${app_id}${below}`;
const post = (who: Signed, path: string, fields: Record<string, string> = {}) =>
  api.call("POST", path, { headers: { ...FORM, ...who.cookie }, body: new URLSearchParams(fields).toString() });

async function account(): Promise<Signed> {
  const made = await newAccount(api, { caller: freshCaller() });
  await sql("UPDATE teams SET tier = 'pro' WHERE id = (SELECT home_team_id FROM users WHERE email = $1)", [made.email]);
  return made;
}

async function deployed(who: Signed, fields: Record<string, string> = {}): Promise<DeployedItem> {
  const answer = await deploy(api, who.bearer, { name: "shop", ...fields });
  expect(answer.status, answer.text).toBe(202);
  return deployedSchema.parse(answer.body).item;
}

/** The operation is sent after the answer. */
async function sent(item: DeployedItem, count: number) {
  await expect.poll(() => bridge.operated.filter(({ serviceId }) => serviceId === item.id).length).toBe(count);
  return bridge.last(item.id);
}

it("follows a release from the queue to healthy without a reload; sets a variable, redeploys, rolls back, stops, starts and deletes", async () => {
  const who = await account();
  const { page, context, complaints } = await open(who, { colorScheme: "light" });
  await page.goto("/dashboard");
  await page.getByRole("link", { name: "Deployments", exact: true }).click();
  await page.getByText("No deployments yet").waitFor();
  expect(await page.locator("pre").first().textContent()).toContain(`curl -X POST ${test.facts.publicUrl}/deploy/new`);
  await shoot(page, "40-no-deployments");

  const item = await deployed(who, { env_vars: JSON.stringify({ API_SECRET: SECRET }) });
  const first = await sent(item, 1);
  await page.reload();
  await page.getByRole("link", { name: "shop", exact: true }).click();
  await page.getByText("waiting, 3 ahead").waitFor();
  await page.getByText("hello").waitFor();
  await page.evaluate("window.loadedOnce = true");
  await shoot(page, "41-building");
  await bridge.report(first, { step: "start" });
  await page.getByText("deploying").first().waitFor();
  await bridge.succeed(first);
  await page.locator(".state.good").waitFor();
  await page.getByRole("link", { name: item.url }).waitFor();
  expect(await page.evaluate("window.loadedOnce")).toBe(true);
  await page.getByText("App log").click();
  await expect.poll(() => page.locator("[data-source=run] pre").textContent()).toBe("hello\n");
  await page.locator("[data-source=run]").getByText("Ended.").waitFor();
  expect(await page.content()).not.toContain(SECRET);
  await shoot(page, "42-healthy");

  await page.getByText("Set a variable…").click();
  await page.getByLabel("Name", { exact: true }).fill("LOG_LEVEL");
  await page.getByLabel("Value").fill("line one\nline two");
  await button(page, "Set it").click();
  await page.getByText("Stored. The next release has it").waitFor();
  await button(page, "Redeploy").click();
  await page.getByText("The new release is under way").waitFor();
  const second = await sent(item, 2);
  expect(second.plan).toMatchObject({ release: 2, variables: { LOG_LEVEL: "line one\nline two", API_SECRET: SECRET } });
  await bridge.fail(second, { event: MARKUP });
  await page.getByText("Release 2 failed; the earlier one answers").waitFor();
  expect(await page.getByText("The new release is under way").count()).toBe(0);
  await page.getByText(MARKUP).first().waitFor();
  await shoot(page, "43-failed");

  await button(page, "Redeploy").click();
  await bridge.succeed(await sent(item, 3));
  await button(page, "Roll back to 1").click();
  const fourth = await sent(item, 4);
  expect(fourth.plan).toMatchObject({ verb: "deploy", release: 4, image_of: 1 });
  await bridge.succeed(fourth);
  await button(page, "Stop").click();
  await page.getByText("Stopping. Its URL stops answering").waitFor();
  await bridge.succeed(await sent(item, 5));
  await button(page, "Start").click();
  await bridge.succeed(await sent(item, 6));
  await page.locator(".state.good").waitFor();
  expect(complaints).toEqual([]);

  const remove = async (name: string) => {
    await page.getByText("Delete it…").click();
    await page.getByText("images, logs and variables").waitFor();
    await page.getByLabel("Type its name").fill(name);
    await button(page, "Delete for good").click();
  };
  await remove("other");
  await page.getByText("Deleting a deployment must be confirmed").waitFor();
  await remove("shop");
  await page.getByText("Its containers, images and logs are being removed").waitFor();
  expect((await sent(item, 7)).plan).toMatchObject({ verb: "delete" });
  await context.close();
});

it("fits a phone", async () => {
  const who = await account();
  const item = await deployed(who, { name: "n".repeat(64) });
  await bridge.fail(await sent(item, 1), { last_lines: "x".repeat(400) });
  const { page, context, complaints } = await open(who, { viewport: PHONE, colorScheme: "dark" });
  for (const [path, name] of [
    ["/dashboard/deployments", "44-list-phone"],
    [pageOf(item), "45-failed-phone"],
  ] as const) {
    await page.goto(path);
    await page.getByText("failed").first().waitFor();
    await shoot(page, name);
    await expectToFit(page);
  }
  expect(complaints).toEqual([]);
  await context.close();
});

it("a viewer sees everything and no button; a form that is posted all the same changes nothing", async () => {
  const who = await account();
  const item = await deployed(who);
  await bridge.succeed(await sent(item, 1));
  await sql("UPDATE memberships SET role = 'viewer' WHERE user_id = (SELECT id FROM users WHERE email = $1)", [who.email]);
  const { text } = await api.call("GET", pageOf(item), { headers: who.cookie });
  expect(text).toContain("Release 1");
  expect(text.match(/<form[^>]*action="([^"]*)"/g)).toEqual(['<form method="post" action="/logout"']);
  for (const action of ["variables", "redeploy", "rollback", "stop", "start", "delete"]) {
    expect((await post(who, pageOf(item, `/${action}`), { name: "shop", release: "1" })).status, action).toBe(403);
  }
  expect(bridge.operated.filter(({ serviceId }) => serviceId === item.id)).toHaveLength(1);
});

it("what cannot be done now, or is not valid, is said on the page; another team's and another site's forms change nothing", async () => {
  const [who, other] = [await account(), await account()];
  const item = await deployed(who);
  await sent(item, 1);
  for (const [action, fields, words] of [
    ["redeploy", {}, "This deployment is building"],
    ["variables", { name: "lower", value: "x" }, "is not a name for a variable"],
  ] as const) {
    const { status, text } = await post(who, pageOf(item, `/${action}`), fields);
    expect([status, text.includes(words), text.includes("<h1>shop</h1>")], text).toEqual([400, true, true]);
  }
  expect((await post(other, pageOf(item, "/delete"), { name: "shop" })).status).toBe(404);
  const foreign = { ...FORM, ...who.cookie, Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" };
  expect((await api.call("POST", pageOf(item, "/delete"), { headers: foreign, body: "name=shop" })).status).toBe(403);
  expect((await api.call("GET", pageOf(item), { headers: who.cookie })).status).toBe(200);
});

it("shows the last hour as plots: requests, failed ones, latency, processor and memory; says so where nothing was measured", async () => {
  const who = await account();
  const item = await deployed(who);
  await bridge.succeed(await sent(item, 1));
  const { page } = await open(who);
  await page.goto(test.facts.apiUrl + pageOf(item));
  await page.getByText("Nothing was measured in the last hour.").waitFor();
  const quiet = bridge.metrics;
  const minutes = quiet.minutes.map((minute, index) => ({
    ...minute,
    cpu_millicores: 100 + index,
    memory_mb: 60 + index,
    requests: { "2xx": 10 * index, "3xx": 0, "4xx": 1, "5xx": index % 10 === 0 ? 30 : 0, other: 0 },
    latency_ms: { p50: 5, p95: 20 + (index % 7), p99: 90 },
  }));
  bridge.metrics = { minutes, restarts: 2, limits: { cpu_millicores: 1_000, memory_mb: 1_024 } };
  await page.reload();
  await page.getByRole("img", { name: /^Requests in the last hour, a minute: at most/ }).waitFor();
  await page.getByText("0.159 of 1", { exact: true }).waitFor();
  await page.getByText("119 MB of 1024 MB", { exact: true }).waitFor();
  await page.getByText("Restarts of this release: 2.").waitFor();
  expect(await page.locator(".plot rect.failed").count()).toBe(6);
  await shoot(page, "deployment-metrics");
  await page.setViewportSize(PHONE);
  await expectToFit(page);
  bridge.metrics = quiet;
});
