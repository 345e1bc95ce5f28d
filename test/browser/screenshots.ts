import { mkdir, stat } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import { Client } from "../e2e/client.ts";
import { startServed } from "../e2e/served.ts";
import { show as go, launch, openTab, signIn } from "./chromium.ts";
import { fill } from "./sample.ts";
import { sampleTrends } from "./sample-trends.ts";

// node test/browser/screenshots.ts [view…]: pictures of each view, light and dark, desktop and
// phone, into docs/screenshots/, from a served Worker filled with operations.

const directory = path.resolve(import.meta.dirname, "../../docs/screenshots");

const views: Readonly<
  Record<string, (page: Page, ids: Readonly<Record<string, string>>) => Promise<unknown>>
> = {
  "sign-in": async (page) => {
    await page.getByRole("button", { name: "Sign out" }).click();
  },
  now: (page) => go(page, "#/now"),
  operation: async (page, ids) => {
    await go(page, `#/operations/${ids.done}`);
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
  },
  asks: async (page, ids) => {
    await go(page, `#/operations/${ids.asks}`);
    await page.getByRole("heading", { name: "Waiting for input" }).waitFor();
  },
  running: async (page, ids) => {
    await go(page, `#/operations/${ids.long}`);
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
  },
  failed: async (page, ids) => {
    await go(page, `#/operations/${ids.failed}`);
    await page.getByRole("heading", { name: "Error" }).waitFor();
  },
  start: (page) => go(page, "#/start?kind=simulate"),
  trends: (page) => go(page, "#/trends"),
};

const screens = {
  desktop: { viewport: { width: 1200, height: 720 }, deviceScaleFactor: 1 },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1, hasTouch: true },
} as const;

const wanted = process.argv.slice(2);
await mkdir(directory, { recursive: true });
const served = await startServed();
const browser = await launch();
try {
  const opened: { page: Page; name: string }[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [screen, options] of Object.entries(screens)) {
      const { page } = await openTab(browser, served.url, { ...options, colorScheme });
      await signIn(page);
      await page.route("**/api/v1/trends?*", (route) =>
        route.fulfill({ json: sampleTrends("15m", Date.now()) }),
      );
      opened.push({ page, name: `${screen}-${colorScheme}` });
    }
  }
  const client = new Client(served.url);
  const ids = await fill(client);
  await client.ended(ids.done ?? "");
  await client.ended(ids.failed ?? "");
  for (const [view, show] of Object.entries(views).reverse()) {
    if (wanted.length > 0 && !wanted.includes(view)) continue;
    for (const { page, name } of opened) {
      await show(page, ids);
      await page.mouse.move(0, 0);
      await page.waitForTimeout(600);
      const file = path.join(directory, `${view}-${name}.png`);
      await page.screenshot({ path: file });
      console.log(`${path.relative(process.cwd(), file)}  ${(await stat(file)).size} bytes`);
    }
  }
} finally {
  await browser.close();
  await served.stop();
}
