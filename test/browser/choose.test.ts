import { beforeEach, describe, expect, it } from "vitest";
import type { Monitor } from "../e2e/client.ts";
import { browse } from "./browsing.ts";
import { mustSkip, show } from "./chromium.ts";

describe.skipIf(mustSkip)("choosing many", () => {
  const on = browse({ env: { EXTERNAL_KINDS: "outside" } });
  let label = "";
  let ids: string[] = [];
  let made = 0;

  /** Three that never start and three that have ended, the newest first. */
  beforeEach(async () => {
    if (mustSkip) return;
    label = `set-${made++}`;
    const all: Monitor[] = [];
    for (const kind of ["echo", "echo", "echo", "outside", "outside", "outside"]) {
      all.push((await on.client.create({ kind, input: 1, labels: { in: label } })).body);
    }
    for (const { id } of all.slice(0, 3)) await on.client.ended(id);
    ids = all.map(({ id }) => id).reverse();
  });

  const open = async (options = {}) => {
    const tab = await on.open(options);
    await show(tab.page, `#/now?label=in%3A${label}`);
    await tab.page.getByText(/^6 of /).waitFor();
    const box = (index: number) => tab.page.locator(`#row-${ids[index]} input[type=checkbox]`);
    const bar = tab.page.getByRole("toolbar", { name: "Selected operations" });
    return { ...tab, box, bar };
  };
  const statuses = async () =>
    (await Promise.all(ids.map((id) => on.client.get(id)))).map(({ status, body }) =>
      status === 200 ? body.status : status,
    );

  it("takes one, a range with Shift, and deletes those that have ended, once that is confirmed", async () => {
    const { page, box, bar } = await open();
    await box(2).click();
    await bar.getByText("1 selected").waitFor();
    await box(4).click({ modifiers: ["Shift"] });
    await bar.getByText("3 selected").waitFor();
    expect(await page.getByRole("article").count()).toBe(0);
    await bar.getByRole("button", { name: "Delete 2" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete 2 operations?" });
    await dialog.getByText("Skips 1 operation that has not ended yet.").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await bar.getByRole("button", { name: "Delete 2" }).click();
    await dialog.getByRole("button", { name: "Delete 2" }).click();
    await page.getByText("2 operations deleted").waitFor();
    await page.getByText(/^4 of /).waitFor();
    expect(await statuses()).toEqual(["pending", "pending", "pending", 404, 404, "succeeded"]);
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.getByText("2 operations deleted").waitFor({ state: "detached" });
  });

  it("takes all that match the filter, cancels and starts again what can be, and forgets them with the filter", async () => {
    const { page, box, bar } = await open();
    await page.getByRole("checkbox", { name: "Select all 6" }).click();
    await bar.getByText("All 6 selected").waitFor();
    expect(await box(5).isChecked()).toBe(true);
    await box(0).click();
    await bar.getByText("5 selected").waitFor();
    await bar.getByRole("button", { name: "Cancel 2" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel 2" }).click();
    await page.getByText("2 operations canceled").waitFor();
    expect((await statuses()).slice(0, 3)).toEqual(["pending", "canceled", "canceled"]);

    await page.getByRole("checkbox", { name: "Select all 6" }).click();
    await bar.getByRole("button", { name: "Rerun 5" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rerun 5" }).click();
    await page.getByText("5 operations rerun").waitFor();
    await page.getByText(/^11 of /).waitFor();
    await page.getByRole("checkbox", { name: "Select all 11" }).click();
    await bar.waitFor();
    await show(page, "#/now?kind=outside");
    await bar.waitFor({ state: "detached" });
  });

  it("has the service do it where all are meant, what the table does not hold included", async () => {
    const { page, bar } = await open();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(`${request.method()} ${request.url()}`));
    await page.getByRole("checkbox", { name: "Select all 6" }).click();
    await bar.getByRole("button", { name: "Cancel 3" }).click();
    const dialog = page.getByRole("dialog", { name: "Cancel 3 operations?" });
    await dialog.getByText("Skips 3 operations that have ended or are being canceled.").waitFor();
    await dialog.getByRole("button", { name: "Cancel 3" }).click();
    await page.getByText("3 operations canceled, 3 skipped").waitFor();
    expect((await statuses()).slice(0, 3)).toEqual(["canceled", "canceled", "canceled"]);
    expect(asked.filter((one) => one.includes(":cancelMany"))).toHaveLength(2);
    expect(asked.filter((one) => one.endsWith(":cancel"))).toEqual([]);
  });

  it("works with the keyboard alone, and the focus comes back", async () => {
    const { page, box, bar } = await open();
    await page.getByRole("grid").focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("Space");
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Shift+ArrowDown");
    await bar.getByText("3 selected").waitFor();
    expect([await box(2).isChecked(), await box(3).isChecked()]).toEqual([true, false]);
    const rows = page.locator('.grid-body [role="row"][aria-selected="true"]');
    expect(await rows.count()).toBe(3);
    await page.keyboard.press("Control+a");
    await bar.getByText("All 6 selected").waitFor();
    await page.keyboard.press("Control+a");
    await bar.waitFor({ state: "detached" });
    await page.keyboard.press("Space");
    await bar.getByRole("button", { name: "Cancel 1" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    const focused = () => page.evaluate("document.activeElement.textContent.trim()");
    await expect.poll(focused).toBe("Go back");
    await page.keyboard.press("Enter");
    await expect.poll(focused).toBe("Cancel 1");
  });

  it("is possible at 360 px", async () => {
    const { page, box, bar } = await open({ viewport: { width: 360, height: 740 } });
    await page.getByText("Select all", { exact: true }).click();
    await bar.getByText("All 6 selected").waitFor();
    await box(0).click();
    await bar.getByText("5 selected").waitFor();
    const out = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect(out).toBeLessThanOrEqual(0);
  });
});

describe.skipIf(mustSkip)("one operation", () => {
  const on = browse({ env: { EXTERNAL_KINDS: "outside" } });

  it("is run again as it was, and the new one is opened and says of which", async () => {
    const { body } = await on.client.create({ kind: "echo", input: { n: 5 } });
    await on.client.ended(body.id);
    const { page } = await on.open();
    await show(page, `#/operations/${body.id}`);
    await page.getByRole("button", { name: "Rerun", exact: true }).click();
    await page.getByText("Rerun of").waitFor();
    await page.getByRole("link", { name: body.id }).click();
    await page.getByText("Rerun of").waitFor({ state: "detached" });
  });

  it("ends by force where its worker is not heard of", async () => {
    const { body } = await on.client.create({ kind: "outside" });
    await on.client.json("/api/v1/operations:claim", {
      method: "POST",
      body: JSON.stringify({ kinds: ["outside"], lease: "10m" }),
    });
    const { page } = await on.open();
    await show(page, `#/operations/${body.id}`);
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("button", { name: "Force cancel" }).click();
    const dialog = page.getByRole("dialog", { name: "Force cancel?" });
    await dialog.getByRole("button", { name: "Force cancel" }).click();
    await page.getByRole("article").getByText("Canceled").first().waitFor();
    expect((await on.client.get(body.id)).body.status).toBe("canceled");
  });
});
