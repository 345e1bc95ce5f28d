import { describe, expect, it } from "vitest";
import { browse } from "./browsing.ts";
import { mustSkip, show } from "./chromium.ts";

describe.skipIf(mustSkip)("the status chips", () => {
  const on = browse();

  it.each([
    [1280, false],
    [1280, true],
    [390, false],
  ])(
    "stand in one line at %i px, none beyond the edge, also where an operation is open: %s",
    async (width, isOpen) => {
      const { body } = await on.client.create({ kind: "echo", input: 1 });
      await on.client.ended(body.id);
      const { page } = await on.open({ viewport: { width, height: 800 } });
      await show(page, isOpen ? `#/operations/${body.id}` : "#/now");
      if (isOpen) await page.getByRole("article", { name: "echo" }).waitFor();
      const group = page.getByRole("group", { name: "Status" });
      const edge = await group.evaluate((element) =>
        element.parentElement?.getBoundingClientRect(),
      );
      const boxes = await group
        .getByRole("button")
        .evaluateAll((chips) => chips.map((chip) => chip.getBoundingClientRect().toJSON()));
      expect(boxes).toHaveLength(6);
      expect(new Set(boxes.map(({ top }) => top)).size).toBe(1);
      expect(Math.max(...boxes.map(({ right }) => right))).toBeLessThanOrEqual(edge?.right ?? 0);
      // A word that is not drawn is still read out.
      await group.getByRole("button", { name: /^Needs input/ }).waitFor();
    },
  );

  it("turn for what runs, and only while something does", async () => {
    const labels = { test: "turning" };
    const { page } = await on.open();
    const chip = page.getByRole("button", { name: /^Running/ });
    await chip.getByText("0", { exact: true }).waitFor();
    expect(await chip.locator(".arc").isVisible()).toBe(false);
    const { body } = await on.client.create({
      kind: "simulate",
      input: { outcome: "hang" },
      labels,
    });
    await chip.getByText("1", { exact: true }).waitFor();
    expect(await chip.locator(".arc").isVisible()).toBe(true);
    await on.client.cancel(body.id);
    await chip.getByText("0", { exact: true }).waitFor();
    expect(await chip.locator(".arc").isVisible()).toBe(false);
  });
});
