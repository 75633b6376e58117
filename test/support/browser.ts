/** A real browser for the pages: what they complain of is noted, what they look like is kept in test/artifacts. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { SESSION_COOKIE } from "../../contract/accounts.ts";
import type { Signed } from "./accounts.ts";
import { stack } from "./shared-stack.ts";

const CHROMIUM = "/usr/bin/chromium";
const ARTIFACTS = join(import.meta.dirname, "../artifacts/browser");
export const PHONE = { width: 390, height: 844 };

export async function launchBrowser(): Promise<Browser> {
  mkdirSync(ARTIFACTS, { recursive: true });
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}

export type Opened = {
  context: BrowserContext;
  page: Page;
  /** A refused resource, a script error, a broken policy, a request to another host. */
  complaints: string[];
};

/** @param signed whose session the browser has; left out: none @param apiUrl of another stack than the shared one */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
  signed?: Signed,
  apiUrl: string = stack.apiUrl,
): Promise<Opened> {
  const context = await browser.newContext({ baseURL: apiUrl, ...options });
  if (signed !== undefined) await context.addCookies([sessionCookie(signed, apiUrl)]);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("request", (request) => !request.url().startsWith(apiUrl) && complaints.push(`foreign: ${new URL(request.url()).origin}`));
  return { context, page, complaints };
}

/** As our own answer sets it; the port is no part of a cookie. */
function sessionCookie({ session }: Signed, apiUrl: string) {
  const { hostname } = new URL(apiUrl);
  return { name: SESSION_COOKIE, value: session, url: `https://${hostname}/`, httpOnly: true, secure: true, sameSite: "Lax" as const };
}

export function shoot(page: Page, name: string): Promise<unknown> {
  return page.screenshot({ path: join(ARTIFACTS, `${name}.png`), fullPage: true });
}

/** Nothing sticks out to the right. */
export async function expectToFit(page: Page): Promise<void> {
  const tooWide = await page.evaluate<string[]>(`[...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 0.5 && !element.closest(".skip"))
    .map((element) => element.outerHTML.slice(0, 120))`);
  expect(tooWide, page.url()).toEqual([]);
  expect(await page.evaluate<boolean>("document.documentElement.scrollWidth <= window.innerWidth"), page.url()).toBe(true);
}
