/** From the landing page's curl to a team that looks after what it owns, clicked through in a real browser; no page breaks its own policy. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { claimIt, freshEmail, newAccount } from "../support/accounts.ts";
import { createdSchema } from "../support/answers.ts";
import { expectToFit, launchBrowser, openPage, PHONE, shoot } from "../support/browser.ts";
import { freshCaller, LOCAL } from "../support/callers.ts";
import { query, refusalOf } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";
import { runShell } from "../support/shell.ts";

const MIB = 1_048_576;
const WRONG_PASSWORD = "28P01";
const STRANGERS_TEXT = `<script>window.hacked = 1</script><img src=x onerror="window.hacked = 1">`;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const opens = async (url: string) => (await refusalOf(url, "SELECT 1")) ?? "ok";
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });
const link = (page: Page, name: string | RegExp) => page.getByRole("link", { name, exact: typeof name === "string" });
const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { name, level: 1 }).waitFor();
/** The text of a block to copy, by the name above it. */
const shown = async (page: Page, field: string) => (await page.getByRole("region", { name: field }).locator("pre").textContent()) ?? "";

async function claimInBrowser(page: Page, claimUrl: string, email: string): Promise<void> {
  await page.goto(claimUrl);
  await page.getByLabel("Your e-mail address").fill(email);
  await button(page, "Send me the link").click();
  await heading(page, "Check your inbox");
  await page.goto("/dev/mailbox");
  await page
    .getByRole("link", { name: /\/auth\/email\/callback/ })
    .first()
    .click();
  await button(page, `Keep them as ${email}`).click();
  await heading(page, "Resources");
}

async function reveal(page: Page): Promise<string> {
  await button(page, "Show connection details").click();
  await heading(page, /^Connect to/);
  expect(new URL(page.url()).search).toBe("");
  return shown(page, "connection_url");
}

it("the curl of the landing page, claimed, revealed, rotated and deleted; a key made and revoked; and out again", async () => {
  const { context, page, complaints } = await openPage(browser, {
    colorScheme: "light",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await page.goto("/");
  await heading(page, "Infrastructure in one curl");
  await shoot(page, "20-landing");
  await button(page, "Copy").first().click();
  await button(page, "Copied").waitFor();
  const curl = await page.evaluate<string>("navigator.clipboard.readText()");
  const { stdout } = await runShell(curl, { apiUrl: stack.apiUrl });
  const created = createdSchema.parse(JSON.parse(stdout));

  const email = freshEmail();
  await claimInBrowser(page, created.claim_url, email);
  await page.getByText("belongs to your team now").waitFor();
  await shoot(page, "21-claimed");

  await link(page, "prod-db").first().click();
  await heading(page, "prod-db");
  expect(await page.content()).not.toContain(created.token);
  await shoot(page, "22-resource");
  expect(await reveal(page)).toBe(created.connection_url);
  await shoot(page, "23-connection");
  await link(page, "Hide").click();

  await page.getByText("Change its password…").click();
  await button(page, "Change the password now").click();
  await page.getByText("The password is changed").waitFor();
  const fresh = await reveal(page);
  expect([await opens(created.connection_url), await opens(fresh)]).toEqual([WRONG_PASSWORD, "ok"]);

  await makeAndRevokeKey(page);
  await readAudit(page);
  expect(complaints).toEqual([]);
  await deleteResource(page, fresh);
  // The refused name's page; browsers note every status like that.
  expect(complaints.splice(0)).toEqual([expect.stringContaining("400 (Bad Request)")]);

  await button(page, "Sign out").click();
  await heading(page, "Sign in");
  expect(await context.cookies()).toEqual([]);
  await page.goto("/dashboard/api-keys");
  await heading(page, "Sign in");
  expect(complaints).toEqual([]);
  await context.close();
});

async function makeAndRevokeKey(page: Page): Promise<void> {
  await link(page, "API keys").click();
  await page.getByText("No key yet").waitFor();
  await page.getByLabel("What is it for?").fill("ci");
  await button(page, "Make the key").click();
  await heading(page, "Your key “ci”");
  const key = (await page.locator("pre").first().textContent()) ?? "";
  await shoot(page, "24-new-key");
  const whoami = () => api.call("GET", "/api/v1/whoami", { headers: { Authorization: `Bearer ${key}` } });
  expect((await whoami()).body).toMatchObject({ credential: "api_key", scopes: ["read", "write"] });
  // The same form once more, as a second click sends it: the same key, not another one.
  await page.reload();
  expect(await page.locator("pre").first().textContent()).toBe(key);

  await link(page, "I have copied it").click();
  await page.getByText("last used just now").waitFor();
  expect(await page.content()).not.toContain(key);
  await shoot(page, "25-keys");
  await page.getByText("Revoke…").click();
  await button(page, "Revoke ci now").click();
  await page.getByText("The key no longer works").waitFor();
  expect((await whoami()).status).toBe(401);
}

async function readAudit(page: Page): Promise<void> {
  await link(page, "Audit log").click();
  await page.getByText("API key revoked").last().waitFor();
  await shoot(page, "26-audit");
  await page.getByLabel("Show only").selectOption("Password changed");
  await button(page, "Apply").click();
  await page.locator(".list .name").getByText("Password changed").waitFor();
  expect(await page.locator(".list > li").count()).toBe(1);
  const csv = await page.request.get((await link(page, "Download the newest 200 as CSV").getAttribute("href")) ?? "");
  expect(await csv.text()).toMatch(/^id,kind,created_at.*\r\n\d+,resource\.rotated,/);
  await link(page, "prod-db").click();
}

async function deleteResource(page: Page, connectionUrl: string): Promise<void> {
  const type = async (name: string) => {
    await page.getByText("Delete it…").click();
    await page.getByLabel("Type its name").fill(name);
    await button(page, "Delete for good").click();
  };
  await type("something-else");
  await page.getByText("the name you typed does not match").waitFor();
  await type("prod-db");
  await page.getByText("Deleted, with all its data").waitFor();
  await shoot(page, "27-deleted");
  await expect.poll(() => opens(connectionUrl), { timeout: 20_000 }).not.toBe("ok");
}

it("an inbox made by form shows what comes as it comes, and a stranger's markup as text", async () => {
  const account = await newAccount(api, { caller: LOCAL });
  const { context, page, complaints } = await openPage(browser, {}, account);
  await page.goto("/dashboard/new");
  await shoot(page, "30-new-resource");
  await page.getByLabel("Webhook inbox").check();
  await page.getByLabel("Name").fill("github-webhook");
  await button(page, "Make it").click();
  await heading(page, "github-webhook");
  await page.getByText("No requests yet").waitFor();
  await page.getByText("Listening").waitFor();
  await shoot(page, "31-inbox-empty");
  const inboxPage = page.url();
  await button(page, "Show its URL").click();
  const receiveUrl = await shown(page, "receive_url");
  await shoot(page, "32-inbox-url");
  await page.goto(inboxPage);
  await page.getByText("Listening").waitFor();

  const post = (below: string, body: string) =>
    api.call("POST", new URL(receiveUrl).pathname + below, {
      caller: LOCAL,
      body,
      headers: { "Content-Type": "text/html", "X-Note": STRANGERS_TEXT },
    });
  await post(`/first?q=${encodeURIComponent(STRANGERS_TEXT)}`, STRANGERS_TEXT);
  const rows = page.locator(".requests > li");
  await rows.first().waitFor();
  await post("/second", '{"ref":"main"}');
  await page.getByText("/second").waitFor();
  const isTail = (request: { url(): string }) => request.url().includes("/requests/next");
  const asked = page.waitForRequest(isTail);
  expect(await rows.count()).toBe(2);
  await page.getByText("/first").click();
  await page.locator("pre").getByText(STRANGERS_TEXT).waitFor();
  await shoot(page, "33-inbox");
  await asked;
  const ended = page.waitForEvent("requestfailed", isTail);
  await button(page, "Pause").click();
  await page.getByText("Paused").waitFor();
  // The ask under way ended with the pause, so nothing that comes now is shown; then all of it, in order.
  await ended;
  for (let count = 1; count <= 25; count += 1) await post(`/burst-${count}`, "x");
  expect(await rows.count()).toBe(2);
  await button(page, "Go on").click();
  await page.getByText("/burst-25").waitFor();
  const paths = await page.locator(".requests summary code").allTextContents();
  expect(paths.slice(0, 26)).toEqual([...Array.from({ length: 25 }, (_, index) => `/burst-${25 - index}`), "/second"]);
  await page.reload();
  expect(await rows.count()).toBe(20);
  await link(page, "Older").click();
  await page.getByText("/first").click();
  expect(await page.evaluate<unknown>("window.hacked")).toBeUndefined();
  expect(complaints).toEqual([]);
  await context.close();
});

it("what needs attention says what to do", async () => {
  const caller = freshCaller();
  const [mine, along] = [await api.create({ caller, name: "checkout" }), await api.create({ caller, name: "came-along" })];
  const account = await claimIt(api, mine, { caller });
  const create = (path: string, name: string) =>
    api.call("POST", path, { caller, headers: account.bearer, body: { name, env: "production" } });
  const full = z.object({ id: z.string() }).parse((await create("/cache/new", "sessions-cache")).body);
  const cut = z.object({ id: z.string() }).parse((await create("/vector/new", "embeddings")).body);
  const measured =
    "UPDATE resources SET storage_bytes = $2, measured_at = now() + interval '1 hour', access = $3, access_reason = $4 WHERE id = $1";
  await query(stack.platformUrl, measured, [full.id, 47 * MIB, "full", null]);
  await query(stack.platformUrl, measured, [cut.id, 1600 * MIB, "read_only", "storage_limit_exceeded"]);
  await query(stack.platformUrl, measured, [mine.id, 300 * MIB, "full", null]);
  await query(stack.platformUrl, "UPDATE teams SET tier = 'pro' WHERE id = (SELECT team_id FROM resources WHERE id = $1)", [mine.id]);

  const { context, page, complaints } = await openPage(browser, {}, account);
  await page.goto("/dashboard");
  for (const words of ["and 1 to be confirmed", "read-only: far over its limit", "47 MB of 50 MB"]) await page.getByText(words).waitFor();
  await shoot(page, "70-attention");
  await link(page, "Usage").click();
  await page.getByText("and 1 to be confirmed").waitFor();
  await shoot(page, "74-usage");
  await page.goBack();
  await link(page, "embeddings").click();
  await page.getByText("transactions are read-only by default").waitFor();
  await shoot(page, "71-cut");
  await page.goto(`/dashboard/resources/${mine.id}`);
  await page.getByText("Pause it…").click();
  await button(page, "Pause it now").click();
  await page.getByText("Connections are refused while it is paused").waitFor();
  await shoot(page, "72-paused");
  await button(page, "Resume it").click();
  await page.getByText("Resumed, with the same address and password").waitFor();
  await page.goto(`/dashboard/resources/${along.id}`);
  await page.getByRole("heading", { name: "Is it yours?" }).waitFor();
  await shoot(page, "73-came-along");
  await page.getByLabel("upgrade_jwt").fill(along.upgrade_jwt);
  await button(page, "It is mine").click();
  await page.getByText("belongs to your team now").waitFor();
  expect(await reveal(page)).toBe(along.connection_url);
  expect(complaints).toEqual([]);
  await context.close();
});

it("works without scripts: everything but the live tail is a form or a link", async () => {
  const account = await newAccount(api, { caller: LOCAL, name: "no-scripts" });
  const { context, page } = await openPage(browser, { javaScriptEnabled: false }, account);
  await page.goto("/dashboard");
  await link(page, "no-scripts").click();
  expect(await reveal(page)).toBe(account.created.connection_url);
  expect(await page.locator("button.copy").count()).toBe(0);
  await page.goto("/dashboard/new");
  await page.getByLabel("Webhook inbox").check();
  await page.getByLabel("Name").fill("inbox");
  await button(page, "Make it").click();
  await link(page, "Reload").click();
  await page.getByText("No requests yet").waitFor();
  await context.close();
});

it("by keyboard alone: revealed, hidden and deleted", async () => {
  const account = await newAccount(api, { caller: LOCAL, name: "by-keyboard" });
  const { context, page, complaints } = await openPage(browser, {}, account);
  const tabTo = async (words: string | RegExp) => {
    const has = (text: string) => (typeof words === "string" ? text.trim() === words : words.test(text));
    for (let tabs = 0; tabs < 60; tabs += 1) {
      await page.keyboard.press("Tab");
      if (has((await page.locator(":focus").textContent()) ?? "")) return;
    }
    throw new Error(`no way to ${words} by Tab`);
  };
  await page.goto("/dashboard");
  await page.keyboard.press("Tab");
  expect(await page.locator(":focus").textContent()).toContain("Skip to the content");
  await tabTo("by-keyboard");
  await page.keyboard.press("Enter");
  await heading(page, "by-keyboard");
  await tabTo("Show connection details");
  await shoot(page, "40-focus");
  await page.keyboard.press("Enter");
  await heading(page, "Connect to by-keyboard");
  await tabTo("Hide");
  await page.keyboard.press("Enter");
  await heading(page, "by-keyboard");
  await tabTo("Delete it…");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.type("by-keyboard");
  await page.keyboard.press("Enter");
  await page.getByText("Deleted, with all its data").waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

it.each(["dark", "light"] as const)("on a phone, %s: nothing is wider than the screen", async (colorScheme) => {
  const account = await newAccount(api, { caller: LOCAL, name: "A_name_without_a_break_that_is_as_long_as_any_name_may_be_012345" });
  const { context, page, complaints } = await openPage(browser, { colorScheme, viewport: PHONE }, account);
  const made = await api.call("POST", "/queue/new", { headers: account.bearer, body: { name: "jobs-queue" } });
  const inbox = await api.call("POST", "/webhook/new", { headers: account.bearer, body: { name: "phone-inbox" } });
  const { receive_url, id: inboxId } = inbox.body as { receive_url: string; id: string };
  await api.call("POST", `${new URL(receive_url).pathname}/${"long".repeat(200)}`, { body: "x".repeat(3000) });
  const { id: queueId } = made.body as { id: string };
  const pages = ["/", "/pricing", "/dashboard", `/dashboard/resources/${account.created.id}`, `/dashboard/resources/${inboxId}`];
  for (const path of [
    ...pages,
    "/dashboard/new",
    "/dashboard/usage",
    "/dashboard/api-keys",
    "/dashboard/audit",
    "/dashboard/resources/none",
  ]) {
    await page.goto(path);
    await expectToFit(page);
    for (const summary of await page.locator("summary").all()) await summary.click();
    await expectToFit(page);
    await shoot(
      page,
      `50-phone-${colorScheme}${path.replace(/\/[0-9a-f-]{36}$/, path.endsWith(inboxId) ? "/inbox" : "/one").replaceAll("/", "-")}`,
    );
  }
  await page.goto(`/dashboard/resources/${queueId}`);
  await button(page, "Show connection details").click();
  await heading(page, "Connect to jobs-queue");
  await expectToFit(page);
  await shoot(page, `50-phone-${colorScheme}-connection`);
  // The page that is not there is one; a browser notes its status.
  expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
  await context.close();
});

it("the prices on a wide screen", async () => {
  const { context, page, complaints } = await openPage(browser, { colorScheme: "dark", viewport: { width: 1280, height: 900 } });
  for (const [path, name] of [
    ["/", "60-landing-dark"],
    ["/pricing", "61-pricing-dark"],
  ] as const) {
    await page.goto(path);
    await expectToFit(page);
    await shoot(page, name);
  }
  for (const price of ["free", "$9", "$49", "$199"]) await page.getByText(price, { exact: false }).first().waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});
