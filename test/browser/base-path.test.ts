import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assetsDirectory } from "../../src/local/wrangler.ts";
import { emptyHome, kubecfg } from "../cli/kubecfg.ts";
import { builtWorker } from "../library/built-worker.ts";
import { inMiniflare } from "../library/in-miniflare.ts";
import { launch, mustSkip, openTab, patience, signIn } from "./chromium.ts";

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  css: "text/css",
  svg: "image/svg+xml",
  json: "application/json",
};

/** The assets, without the platform that serves them. */
async function asset(request: { readonly url: string }): Promise<Response> {
  const { pathname } = new URL(request.url);
  const file = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
  try {
    const type = types[path.extname(file).slice(1)] ?? "application/octet-stream";
    const content = await readFile(path.join(assetsDirectory, file));
    return new Response(new Uint8Array(content), { headers: { "content-type": type } });
  } catch {
    return new Response("not there", { status: 404 });
  }
}

describe.skipIf(mustSkip)("a site whose API stands under /ops", () => {
  const site = inMiniflare(() => builtWorker("site-worker.ts"), {
    bindings: { TOKEN: "test-token", V: "0" },
    durableObjects: { OPERATIONS: { className: "OperationsObject", useSQLite: true } },
    // biome-ignore lint/suspicious/noExplicitAny: Miniflare has a Request and a Response of its own
    serviceBindings: { ASSETS: asset as any },
  });
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  it("has a page that signs in, starts an operation, and shows where it stands", async () => {
    const { page, requested, troubles } = await openTab(browser, site.url, {
      hash: "#/start?kind=echo",
    });
    const health = page.getByRole("link", { name: "Service status" });
    await expect.poll(() => health.getAttribute("href")).toBe("/ops/healthz");
    await signIn(page);
    await page.reload();
    await page.getByRole("button", { name: "Run" }).click();
    await page.getByText("succeeded").first().waitFor();
    await page.getByText("/ops/v1/operations/").first().waitFor({ state: "attached" });
    const asked = requested.map((url) => new URL(url).pathname);
    expect(asked.filter((one) => one.startsWith("/api"))).toEqual([]);
    expect(asked).toContain("/ops/v1/operations");
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  it("has a reference of the API with its paths", async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(patience);
    await page.goto(`${site.url}/static/docs/`);
    await page.locator('[data-path="/ops/v1/operations"]').first().waitFor();
    expect(await page.locator('[data-path^="/api/"]').count()).toBe(0);
    await page.close();
  });

  it("tells kubecfg login where it stands", async () => {
    const env = { XDG_CONFIG_HOME: emptyHome() };
    const login = await kubecfg(["login", "--host", site.url, "--token", "test-token"], { env });
    expect([login.status, login.stderr]).toEqual([0, ""]);
    expect((await kubecfg(["kinds", "-o", "id"], { env })).stdout).toContain("echo\n");
    const given = ["--host", site.url, "--token", "test-token", "--base-path", "/ops/"];
    expect((await kubecfg(["kinds", ...given])).status).toBe(0);
    const wrong = await kubecfg(["kinds", ...given.slice(0, 4)]);
    expect([wrong.status, wrong.stderr]).toEqual([
      3,
      expect.stringContaining("check --host and --base-path"),
    ]);
  });
});
