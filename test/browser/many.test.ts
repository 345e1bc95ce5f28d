import { beforeAll, describe, expect, it } from "vitest";
import { browse } from "./browsing.ts";
import { mustSkip } from "./chromium.ts";
import { seed } from "./seed.ts";

const count = 10_000;

describe.skipIf(mustSkip)("10,000 operations", () => {
  const on = browse({ env: { EXTERNAL_KINDS: "outside" } });
  let ids: readonly string[] = [];
  beforeAll(async () => {
    if (mustSkip) return;
    // Half of them have ended before the page comes, the other half never start.
    ids = [
      ...(await seed(on.client, "echo", count / 2)),
      ...(await seed(on.client, "outside", count / 2)),
    ];
    await on.client.ended(ids[count / 2 - 1] ?? "");
  });

  it("are all in the table, and only those that are seen in the document", async () => {
    const { page } = await on.open();
    const grid = page.getByRole("grid");
    await page.getByText("10,000 operations", { exact: true }).waitFor();
    expect(await grid.getAttribute("aria-rowcount")).toBe("10001");
    expect(await page.locator(".grid-body .row").count()).toBeLessThan(60);
    const sorted = [...ids].sort().reverse();
    const drawn = async () =>
      (await page.evaluate(
        `[...document.querySelectorAll(".grid-body .row")].map((row) => row.id.slice(4))`,
      )) as string[];
    expect((await drawn()).slice(0, 5)).toEqual(sorted.slice(0, 5));

    // Through all of it, as a wheel does: no place is left blank, and the order holds.
    const step = 25_000;
    for (let top = step; top < count * 38; top += step) {
      await page.evaluate(`document.getElementById("grid").scrollTop = ${top}`);
      await expect
        .poll(async () => (await drawn()).includes(sorted[Math.floor(top / 38)] ?? ""))
        .toBe(true);
      const here = await drawn();
      expect(here).toEqual(
        sorted.slice(sorted.indexOf(here[0] ?? ""), sorted.indexOf(here[0] ?? "") + here.length),
      );
    }
    await grid.focus();
    await page.keyboard.press("End");
    await page.locator(`#row-${sorted.at(-1)}`).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("article", { name: "echo" }).waitFor();
  });

  it("stay where they are looked at while others come in above", async () => {
    const { page } = await on.open();
    await page.getByText("10,000 operations", { exact: true }).waitFor();
    await page.evaluate(`document.getElementById("grid").scrollTop = 50 * 38`);
    const sorted = [...ids].sort().reverse();
    const row = page.locator(`#row-${sorted[55]}`);
    const before = await row.boundingBox();
    for (let made = 0; made < 3; made++) await on.client.create({ kind: "outside", input: made });
    await page.getByText("10,003 operations", { exact: true }).waitFor();
    expect((await row.boundingBox())?.y).toBe(before?.y);
    await page.getByLabel("Search by ID").fill(sorted[9_000]?.slice(-10) ?? "");
    await page.getByText("1 of 10,003").waitFor();
    await page.locator(`#row-${sorted[9_000]}`).waitFor();
  });
});
