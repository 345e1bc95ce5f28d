import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { browse } from "./browsing.ts";
import { mustSkip, show } from "./chromium.ts";
import { fill } from "./sample.ts";

describe.skipIf(mustSkip)("the page", () => {
  const on = browse({ script: path.resolve(import.meta.dirname, "../library/story-worker.ts") });
  let axe = "";
  let ids: Readonly<Record<string, string>> = {};
  let total = 0;
  beforeAll(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    if (mustSkip) return;
    ({ ids, total } = await fill(on.client));
  });

  /** Each view: how to come there, and what is to be seen then. */
  const views: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
    "sign in": async (page) => {
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByLabel("Token").fill("wrong");
      await page.keyboard.press("Enter");
      await page.getByText("Invalid token").waitFor();
    },
    "a failed operation at full width, its problems alone": async (page) => {
      await show(page, `#/operations/${ids.failed}`);
      await page.getByRole("button", { name: /^Problems only/ }).click();
      const full = page.getByRole("button", { name: "Full width" });
      if (await full.isVisible()) await full.click();
    },
    now: async (page) => {
      await show(page, "#/now");
      await page.getByText(`${total} operations`).waitFor();
    },
    "now, some chosen": async (page) => {
      await show(page, "#/now");
      await page.locator(".grid-body .row input").nth(2).click();
      await page.getByRole("toolbar").waitFor();
    },
    "now, filtered": async (page) => {
      await show(page, "#/now?status=failed&label=customer%3Aacme&kind=simulate");
      await page.getByText(new RegExp(`of ${total}`)).waitFor();
    },
    "now, in a range of time, oldest first": async (page) => {
      await show(page, "#/now?from=2026-01-01T00:00:00.000Z&order=asc");
      await page.getByLabel("From").waitFor();
    },
    "now, with nothing": async (page) => {
      await show(page, "#/now?label=none");
      await page.getByText("No operations match").waitFor();
    },
    "a succeeded operation": async (page) => {
      await show(page, `#/operations/${ids.done}`);
      await page.locator(".result").getByText("JJD0099012345").waitFor();
      await page.getByText("Command line").click();
    },
    "a failed operation": async (page) => {
      await show(page, `#/operations/${ids.failed}`);
      await page.getByRole("heading", { name: "Error" }).waitFor();
    },
    "a running operation": async (page) => {
      await show(page, `#/operations/${ids.long}`);
      await page.getByRole("article").getByRole("progressbar").waitFor();
    },
    "a question": async (page) => {
      await show(page, `#/operations/${ids.asks}`);
      await page.getByRole("heading", { name: "Waiting for input" }).waitFor();
    },
    "an operation that is tried again later": async (page) => {
      await show(page, `#/operations/${ids.retrying}`);
      await page.locator(".bar-name", { hasText: "Retry in" }).waitFor();
    },
    "start with what is nested": async (page) => {
      await show(page, "#/start?kind=fulfill");
      await page.getByRole("button", { name: "Add address" }).click();
      await page.getByRole("button", { name: "Add to notes" }).click();
    },
    start: async (page) => {
      await show(page, "#/start?kind=simulate");
      await page.getByLabel("duration").waitFor();
      await page.getByText("Options").click();
      await page.getByText("Command line").click();
    },
    trends: async (page) => {
      await show(page, "#/trends");
      await page.getByRole("img", { name: /^Requests/ }).waitFor();
    },
  };

  it.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 390],
    ["dark", 390],
  ] as const)(
    "passes axe in every view, in %s, %i px wide",
    async (colorScheme, width) => {
      const viewport = { width, height: 800 };
      const { page } = await on.open({ colorScheme, viewport, reducedMotion: "reduce" });
      const told: string[] = [];
      // Backwards: to see what signing in looks like one signs out.
      for (const [view, come] of Object.entries(views).reverse()) {
        await come(page);
        // The policy holds back a script tag; what the browser's own console runs it does not.
        await page.evaluate(`${axe}; undefined`);
        const { violations, passes } = (await page.evaluate("axe.run()")) as AxeResults;
        expect([view, passes.map(({ id }) => id)]).toEqual([
          view,
          expect.arrayContaining(["color-contrast", "button-name"]),
        ]);
        for (const { id, help, nodes } of violations) {
          for (const node of nodes) told.push(`${view}: ${id}: ${help}\n${node.html}`);
        }
      }
      expect(told).toEqual([]);
    },
    300_000,
  );

  it("needs no sideways scroll at 360 px in any view", async () => {
    const { page } = await on.open({ viewport: { width: 360, height: 740 } });
    const told: Record<string, unknown> = {};
    for (const [view, come] of Object.entries(views).reverse()) {
      await come(page);
      told[view] = await page.evaluate(wide);
    }
    expect(told).toEqual(Object.fromEntries(Object.keys(views).map((view) => [view, []])));
  });
});

/** What reaches out of the window, where it is not inside of something that scrolls by itself. */
const wide = `(() => {
  const scrolls = (element) => {
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(at).overflowX)) return at !== document.querySelector(".app");
    }
    return false;
  };
  const wider = [...document.querySelectorAll(".page, .operation, .grid, html, body")]
    .filter((element) => element.scrollWidth > element.clientWidth + 1);
  const out = [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !scrolls(element));
  return [...wider, ...out].map((element) => element.tagName + "." + element.className);
})()`;
