import { once } from "node:events";
import { mkdir, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { Client } from "../e2e/client.ts";
import { startServed } from "../e2e/served.ts";
import { show as go, launch, openTab, signIn } from "./chromium.ts";
import { fill } from "./sample.ts";

// node test/browser/screenshots.ts [--minutes N] [view…]: pictures of each view, light and dark, desktop and
// phone, into docs/screenshots/, from a served story-worker filled with operations. Nothing in them is made
// up: for trends to look at, work is made for some minutes first.

const { values, positionals: wanted } = parseArgs({
  options: { minutes: { type: "string", default: "0" } },
  allowPositionals: true,
});

const directory = path.resolve(import.meta.dirname, "../../docs/screenshots");

type Show = (page: Page, ids: Readonly<Record<string, string>>) => Promise<unknown>;

const operation =
  (name: string, what: string): Show =>
  async (page, ids) => {
    await go(page, `#/operations/${ids[name]}`);
    await page.getByRole("article").getByText(what).first().waitFor();
  };

const views: Readonly<Record<string, Show>> = {
  "sign-in": async (page) => {
    await page.getByRole("button", { name: "Sign out" }).click();
  },
  api: async (page) => {
    await page.getByRole("link", { name: "API" }).click();
    await page.locator(".opblock").first().waitFor();
  },
  start: (page) => go(page, "#/start?kind=fulfill"),
  trends: async (page) => {
    await go(page, "#/trends");
    await page.getByRole("combobox", { name: "Kind" }).selectOption("simulate");
  },
  selected: async (page) => {
    await go(page, "#/now?kind=simulate");
    await page.locator(".grid-head input").check();
    await page
      .getByRole("toolbar")
      .getByRole("button", { name: /^Rerun/ })
      .click();
    await page.getByRole("dialog").getByText("new operation").waitFor();
  },
  wide: async (page, ids) => {
    await operation("done", "ship")(page, ids);
    const full = page.getByRole("button", { name: "Full width" });
    if (await full.isVisible()) await full.click();
  },
  waits: operation("retrying", "waits shortened"),
  failed: operation("failed", "Error"),
  http: operation("http", "HTTP"),
  question: operation("asks", "Waiting for input"),
  running: operation("writing", "Output"),
  operation: operation("done", "ship"),
  operations: (page) => go(page, "#/now"),
};

const screens = {
  desktop: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1, hasTouch: true },
} as const;

const upstream = createServer((request, response) => {
  const status = request.url?.startsWith("/down") ? 503 : 200;
  const reply = () =>
    response.writeHead(status, { "content-type": "application/json" }).end('{"rows":17}');
  request.resume().on("end", () => setTimeout(reply, 300));
}).listen(0, "127.0.0.1");
await once(upstream, "listening");
const target = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;

await mkdir(directory, { recursive: true });
const served = await startServed({
  script: path.resolve(import.meta.dirname, "../library/story-worker.ts"),
  env: { DEVELOPMENT: "true", UPSTREAMS: JSON.stringify({ billing: target, rates: target }) },
});
const browser = await launch();
try {
  const client = new Client(served.url);
  const isOver = new AbortController();
  const working = values.minutes === "0" ? undefined : work(client, isOver.signal);
  await new Promise((resolve) => setTimeout(resolve, Number(values.minutes) * 60_000));
  // Trends while the work goes on; the rest once it has ended, so that the sample is on top of the list.
  if (working) await photograph(client, "trends", {});
  isOver.abort();
  await working;
  const { ids } = await fill(client, ["billing", "rates"]);
  for (const view of Object.keys(views).reverse()) {
    if (view !== "trends" || !working) await photograph(client, view, ids);
  }
} finally {
  await browser.close();
  await served.stop();
  upstream.close();
}

/** Takes the pictures of one view, if it is wanted. */
async function photograph(
  client: Client,
  view: string,
  ids: Readonly<Record<string, string>>,
): Promise<void> {
  if (wanted.length > 0 && !wanted.includes(view)) return;
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [screen, options] of Object.entries(screens)) {
      const shown = view === "running" ? { ...ids, writing: await writing(client) } : ids;
      const { page } = await openTab(browser, served.url, { ...options, colorScheme });
      await signIn(page);
      await views[view]?.(page, shown);
      await page.mouse.move(0, 0);
      await page.waitForTimeout(1_200);
      const file = path.join(directory, `${view}-${screen}-${colorScheme}.png`);
      await page.screenshot({ path: file });
      await page.context().close();
      console.log(`${path.relative(process.cwd(), file)}  ${(await stat(file)).size} bytes`);
    }
  }
}

/** Makes two operations a second or so, in waves, of several kinds, some of which fail. */
async function work(client: Client, over: AbortSignal): Promise<void> {
  for (let n = 0; !over.aborted; n++) {
    const duration = `${200 + ((n * 7919) % 4_000)}ms`;
    const fails = n % 19 === 0 && { outcome: "fail", message: "The upstream returned 502" };
    await client.create({ kind: "simulate", input: { duration, steps: 3, ...fails } });
    if (n % 5 === 0) {
      await client.create({ kind: "sync", input: { source: `pg-${n}.example`, failFor: 0 } });
    }
    const wave = 1 + Math.sin(n / 40);
    await new Promise((resolve) => setTimeout(resolve, 250 + 500 * wave));
  }
}

/** An operation that is in the middle of writing. */
async function writing(client: Client): Promise<string> {
  const input = { url: "https://example.com/q3.pdf", words: 400 };
  const { body } = await client.create({ kind: "summarize", input, labels: { customer: "hooli" } });
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  return body.id;
}
