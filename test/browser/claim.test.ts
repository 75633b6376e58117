/** A person claims in a real browser, from the claim_url to being signed in, by keyboard as well, and no page breaks its own policy. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SESSION_COOKIE } from "../../contract/accounts.ts";
import { freshEmail } from "../support/accounts.ts";
import { expectToFit, launchBrowser, openPage, PHONE, shoot } from "../support/browser.ts";
import { LOCAL } from "../support/callers.ts";
import { query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

it("from the claim_url through the mail to being signed in, and out again", async () => {
  const { context, page, complaints } = await openPage(browser, { colorScheme: "light" });
  const email = freshEmail();
  const created = await api.create({ caller: LOCAL, name: "my-shop" });

  await page.goto(created.claim_url);
  await page.getByText("my-shop").waitFor();
  await shoot(page, "1-claim");
  await page.getByLabel("Your e-mail address").fill(email);
  await page.getByRole("button", { name: "Send me the link" }).click();
  await page.getByRole("heading", { name: "Check your inbox" }).waitFor();
  await shoot(page, "2-sent");

  await page.goto("/dev/mailbox");
  await shoot(page, "3-mailbox");
  await page
    .getByRole("link", { name: /\/auth\/email\/callback/ })
    .first()
    .click();
  await page.getByRole("heading", { name: "Confirm your claim" }).waitFor();
  await shoot(page, "4-confirm");
  await page.getByRole("button", { name: `Keep them as ${email}` }).click();
  await page.getByRole("heading", { name: "Resources" }).waitFor();
  await page.getByText("The claimed resource belongs to your team now").waitFor();
  await page.getByText(email).waitFor();
  await shoot(page, "5-signed-in");

  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ name: SESSION_COOKIE, httpOnly: true, secure: true, sameSite: "Lax", path: "/" });
  const [row] = await query(stack.platformUrl, "SELECT expires_at, team_id IS NOT NULL AS owned FROM resources WHERE id = $1", [
    created.id,
  ]);
  expect(row).toEqual({ expires_at: null, owned: true });

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(await context.cookies()).toEqual([]);
  expect(complaints).toEqual([]);
  await context.close();
});

it("on a phone in the dark, by keyboard alone, and nothing is wider than the screen", async () => {
  const { context, page, complaints } = await openPage(browser, { colorScheme: "dark", viewport: PHONE });
  const created = await api.create({ caller: LOCAL, name: "on-the-phone" });
  await page.goto(created.claim_url);
  await page.keyboard.press("Tab");
  expect(await page.locator(":focus").textContent()).toContain("Skip to the content");
  for (let tabs = 0; tabs < 10 && (await page.locator(":focus").getAttribute("id")) !== "email"; tabs += 1)
    await page.keyboard.press("Tab");
  await page.keyboard.type(freshEmail());
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Check your inbox" }).waitFor();
  await page.goto(created.claim_url);
  await shoot(page, "6-phone-dark");
  await expectToFit(page);
  expect(complaints).toEqual([]);
  await context.close();
});

it("a link that is worth nothing is a page that says what to do", async () => {
  const { context, page } = await openPage(browser);
  const answer = await page.goto(`/auth/email/callback?t=${"x".repeat(43)}`);
  expect(answer?.status()).toBe(400);
  await page.getByRole("link", { name: "Get a new link" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await shoot(page, "7-sign-in");
  await context.close();
});
