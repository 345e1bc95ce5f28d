import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** executable is Debian's Chromium; CHROMIUM names another. */
export const executable = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** hasChromium says whether there is a browser to test with. */
export const hasChromium = existsSync(executable);

/** launch starts Chromium, without its sandbox: it opens nothing but the page that is tested. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: executable, args: ["--no-sandbox"] });
}

/** Opened is a page, and what went wrong on it so far. */
export interface Opened {
  readonly page: Page;
  /** What scripts threw, what the policy held back, and what the console called an error. */
  readonly troubles: string[];
}

/** open opens the page in a tab of its own; `hash` is what it shows, such as `#/trends`. */
export async function open(
  browser: Browser,
  url: string,
  options: BrowserContextOptions & { readonly hash?: string } = {},
): Promise<Opened> {
  const { hash = "", ...more } = options;
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...more });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (message) => {
    // A lost connection is told on the console by the browser itself.
    const isNetwork = /Failed to load resource|net::ERR/.test(message.text());
    if (message.type() === "error" && !isNetwork) troubles.push(message.text());
  });
  await page.goto(`${url}/static/${hash}`);
  return { page, troubles };
}

/** signIn fills in the token, and resolves once the page has taken it. */
export async function signIn(page: Page, token = "test-token"): Promise<void> {
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation").waitFor();
}
