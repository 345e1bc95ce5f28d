import { describe, expect, it } from "vitest";
import type { Monitor } from "../e2e/client.ts";
import { browse } from "./browsing.ts";
import { mustSkip, show } from "./chromium.ts";

/** What runs, or makes an element, wherever it is taken for markup, an attribute or an address. */
const attack = (where: string) =>
  `${where}"'\`><img src=x onerror="window.ran=1"><script>window.ran=1</script><b class=made>` +
  `<svg onload=window.ran=1><a href="javascript:window.ran=1">\u202e{{7*7}}</style>&lt;b&gt;`;

describe.skipIf(mustSkip)("what clients sent", () => {
  const on = browse({ env: { EXTERNAL_KINDS: "outside" } });

  async function claimed(labels: Record<string, string>, more: object = {}): Promise<Monitor> {
    const create = { kind: "outside", input: attack("input"), labels, ...more };
    const { body } = await on.client.json<Monitor>("/api/v1/operations", post(create));
    await on.client.json("/api/v1/operations:claim", post({ kinds: ["outside"], max: 1 }));
    return body;
  }
  const post = (body: unknown) => ({ method: "POST", body: JSON.stringify(body) });

  it("is text in every field: nothing runs, and no element is made", async () => {
    const labels = { customer: attack("label").slice(0, 256) };
    const metadata = { [attack("metadata key")]: [attack("metadata value")] };
    const running = await claimed(labels, { metadata });
    const report = { attempt: 1, percentComplete: 5, statusMessage: attack("message") };
    await on.client.json(`/api/v1/operations/${running.id}`, { ...post(report), method: "PATCH" });
    const failed = await claimed(labels);
    await on.client.json(
      `/api/v1/operations/${failed.id}:fail`,
      post({
        attempt: 1,
        error: {
          code: attack("code").slice(0, 64),
          message: attack("error"),
          details: { [attack("detail key")]: attack("detail") },
        },
        retryable: false,
      }),
    );
    const done = await claimed(labels);
    await on.client.json(
      `/api/v1/operations/${done.id}:complete`,
      post({ attempt: 1, result: { [attack("result key")]: { value: attack("result") } } }),
    );
    const asks = await on.client.create({
      kind: "simulate",
      input: { outcome: "ask", message: attack("question") },
      labels,
    });

    const { page } = await on.open();
    page.on("dialog", (dialog) => expect.unreachable(`A dialog: ${dialog.message()}`));
    const seen = async (words: readonly string[]) => {
      for (const word of words) {
        // In JSON the quote has a backslash before it.
        const bare = page.getByText(`${word}"'\`><img src=x onerror`);
        const quoted = page.getByText(`${word}\\"'\`><img src=x onerror`);
        await bare.or(quoted).filter({ visible: true }).first().waitFor();
      }
      expect(await page.evaluate(made)).toEqual([]);
      expect(await page.evaluate("window.ran")).toBeUndefined();
    };
    await page.getByText("4 operations").waitFor();
    await seen(["label", "message", "error", "question"]);
    await show(page, `#/operations/${running.id}`);
    await seen(["message", "metadata key", "metadata value", "label", "input"]);
    await show(page, `#/operations/${failed.id}`);
    await seen(["code", "error", "detail key", "detail"]);
    await show(page, `#/operations/${done.id}`);
    await seen(["result key", "result"]);
    await show(page, `#/operations/${asks.body.id}`);
    await seen(["question"]);

    // Filtering by such a label, and starting again with it.
    await show(page, "#/now");
    await page.locator(".grid-body .label").first().click();
    await page.getByText(/^4 of 4$/).waitFor();
    await seen(["label"]);
    await page.getByRole("row", { name: /Needs input simulate/ }).click();
    await page.getByRole("button", { name: "Edit and rerun" }).click();
    expect(await page.getByLabel("Labels").inputValue()).toContain(labels.customer);
    await page.getByText("Command line").click();
    await seen([]);
  });

  it("is text in the address too", async () => {
    const hostile = encodeURIComponent(attack("x"));
    const { page } = await on.open({
      hash: `#/operations/${hostile}?kind=${hostile}&label=${hostile}&id=${hostile}&status=${hostile}`,
    });
    await page.getByRole("alert").waitFor();
    await page.getByText(attack("x").slice(0, 60)).first().waitFor();
    expect(await page.evaluate(made)).toEqual([]);
    await show(page, `#/start?kind=${hostile}`);
    await page.getByLabel("Kind").waitFor();
    await show(page, `#/trends?range=${hostile}`);
    await page.getByRole("img", { name: /^Unfinished/ }).waitFor();
    expect([await page.evaluate(made), await page.evaluate("window.ran")]).toEqual([[], undefined]);
  });
});

/** The elements that only an attack would make. */
const made = `[...document.querySelectorAll(
  'img:not([src="/static/favicon.svg"]), script:not([src="/static/dashboard.js"]), .made, b, svg[onload], a[href^="javascript"], style, iframe, object')]
  .map((element) => element.outerHTML)`;
