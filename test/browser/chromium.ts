import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** executable is Debian's Chromium; CHROMIUM names another. */
export const executable = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** mustSkip says whether there is no browser to test with. Where CI is set that fails the tests instead. */
export const mustSkip = !existsSync(executable) && !process.env.CI;

/** launch starts Chromium, without its sandbox: it opens nothing but the page that is tested. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: executable, args: ["--no-sandbox"] });
}

/** patience is how long an action on a page may take, in milliseconds: Playwright's own 30 s are few on a busy machine. */
export const patience = 60_000;

/** Tab is a page, and what went wrong on it so far. */
export interface Tab {
  readonly page: Page;
  /** What scripts threw, what the policy held back, and what else the console called an error. */
  readonly troubles: readonly string[];
  /** Every address that was asked for. */
  readonly requested: readonly string[];
}

/** TabOptions are Playwright's, and what the page is to show, such as `#/trends`. */
export type TabOptions = BrowserContextOptions & { readonly hash?: string };

/** openTab opens the page as nobody has opened it before, with storage of its own. */
export async function openTab(
  browser: Browser,
  url: string,
  options: TabOptions = {},
): Promise<Tab> {
  const { hash = "", ...more } = options;
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...more });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const troubles: string[] = [];
  const requested: string[] = [];
  page.on("request", (request) => requested.push(request.url()));
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (message) => {
    // The browser itself tells of connections that are lost, and of refusals, on the console.
    const isNetwork = /Failed to load resource|net::ERR/.test(message.text());
    if (message.type() === "error" && !isNetwork) troubles.push(message.text());
  });
  await page.goto(`${url}/static/${hash}`);
  return { page, troubles, requested };
}

/** signIn fills in the token, and resolves once the page has taken it. */
export async function signIn(page: Page, token = "test-token"): Promise<void> {
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation").waitFor();
}

/** show goes to another place of the page without loading it again. */
export async function show(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
}

/**
 * noticed begins to look, inside the page, for words that it soon takes away again, in the elements that a selector finds;
 * what it returns resolves once they were there. What looks from outside can come too late on a busy machine.
 */
export async function noticed(
  page: Page,
  selector: string,
  words: string,
): Promise<() => Promise<unknown>> {
  await page.evaluate(`(() => {
    let there;
    window.noticed = new Promise((resolve) => there = resolve);
    const look = () => {
      for (const element of document.querySelectorAll(${JSON.stringify(selector)})) {
        if (element.textContent.includes(${JSON.stringify(words)})) there();
      }
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  })()`);
  return () => page.evaluate("window.noticed");
}
