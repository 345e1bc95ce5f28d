import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openApi } from "../../src/dialects/native/openapi/openapi.ts";
import { type Served, startServed } from "../e2e/served.ts";
import { launch, mustSkip, patience } from "./chromium.ts";

describe.skipIf(mustSkip)("/static/docs", () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  /** What scripts threw, and what the console called a warning or an error, as a broken policy. */
  const troubles: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    served = await startServed();
    browser = await launch();
    page = await browser.newPage({ colorScheme: "dark" });
    page.setDefaultTimeout(patience);
    page.on("pageerror", (error) => troubles.push(String(error)));
    page.on("console", (message) => {
      if (["warning", "error"].includes(message.type())) troubles.push(message.text());
    });
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(`${served.url}/static/docs`);
    await page.locator(".opblock").first().waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  test("lists every operation of the document, and nothing is held back by the policy", async () => {
    const paths = openApi().paths as Readonly<Record<string, object>>;
    const methods = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const shown = await page.locator(".opblock-tag-section .opblock").evaluateAll((blocks) =>
      blocks.map((block) => {
        const text = (part: string) => block.querySelector(part)?.textContent ?? "";
        const path = block.querySelector("[data-path]")?.getAttribute("data-path");
        return `${text(".opblock-summary-method")} ${path}`;
      }),
    );
    expect(shown.sort()).toEqual(methods.sort());
    expect(troubles).toEqual([]);
  });

  test("tries an operation out, with a token, where it is served from", async () => {
    await page.getByRole("button", { name: "Authorize" }).first().click();
    await page.locator("#auth-bearer-value").fill("test-token");
    const field = 'document.querySelector("#auth-bearer-value")';
    const shownAs = `getComputedStyle(${field}).getPropertyValue("-webkit-text-security")`;
    expect(await page.evaluate(shownAs)).toBe("disc");
    const dialog = page
      .locator(".auth-container")
      .filter({ has: page.locator("#auth-bearer-value") });
    await dialog.getByRole("button", { name: /apply/i }).click();
    await page.locator(".modal-ux").getByRole("button", { name: /close/i }).first().click();

    const create = page.locator("#operations-Operations-createOperation");
    await create.locator(".opblock-summary-control").click();
    await create.getByRole("button", { name: "Try it out" }).click();
    await create.locator("textarea").first().fill('{"kind":"echo","input":"<b>hi</b>"}');
    const [response] = await Promise.all([
      page.waitForResponse((found) => found.url().includes("/api/v1/operations")),
      create.getByRole("button", { name: "Execute" }).click(),
    ]);
    expect(response.status()).toBe(202);
    await create.locator(".live-responses-table").waitFor();
    expect(await create.locator(".live-responses-table").textContent()).toContain("202");
    expect(await page.locator("body").innerText()).not.toContain("test-token");
    expect(troubles).toEqual([]);
  });

  test("is dark where the reader's other pages are, and leads back to the page", async () => {
    const background = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(background).toBe("rgb(23, 20, 18)");
    expect(await page.getByRole("link", { name: "Edge Operations" }).getAttribute("href")).toBe(
      "/static/",
    );
    const links = page.getByRole("navigation", { name: "Views" }).getByRole("link");
    expect(await links.allInnerTexts()).toEqual(["Operations", "Trends", "New operation", "API"]);
    expect(await links.last().getAttribute("aria-current")).toBe("page");
    const bar = (await page.locator(".bar").boundingBox())?.height;
    await page.goto(`${served.url}/static/`);
    await page.getByLabel("Token").fill("test-token");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("navigation", { name: "Views" }).waitFor();
    expect(await links.allInnerTexts()).toEqual(["Operations", "Trends", "New operation", "API"]);
    expect((await page.locator(".bar").boundingBox())?.height).toBe(bar);
    await page.goto(`${served.url}/static/nothing-here`);
    await page.getByRole("heading", { name: "Page not found" }).waitFor();
    expect((await page.locator(".bar").boundingBox())?.height).toBe(bar);
  });

  test("asks nobody else for anything", () => {
    expect(requests.length).toBeGreaterThan(5);
    // The style sheet's own icons have no host.
    const elsewhere = requests.filter(
      (url) => !url.startsWith(served.url) && !url.startsWith("data:"),
    );
    expect(elsewhere).toEqual([]);
  });
});
