import { describe, expect, it } from "vitest";
import { browse } from "./browsing.ts";
import { mustSkip } from "./chromium.ts";

describe.skipIf(mustSkip)("an open operation", () => {
  const on = browse();

  it("takes the whole width where one asks for that, and gives it back", async () => {
    const { body } = await on.client.create({ kind: "echo", input: 1 });
    await on.client.ended(body.id);
    const { page } = await on.open({ hash: `#/operations/${body.id}` });
    const open = page.getByRole("article");
    await open.getByText("Attempt 1").waitFor();
    await open.getByRole("button", { name: "Full width" }).click();
    await page.getByRole("grid").waitFor({ state: "hidden" });
    const left = await open.locator(".facts").boundingBox();
    const right = await open.locator(".timeline").boundingBox();
    expect(right?.x).toBeGreaterThan((left?.x ?? 0) + (left?.width ?? 0));
    await open.getByRole("button", { name: "Show beside the list" }).click();
    await page.getByRole("grid").waitFor();
  });

  it("leads to its neighbors in the table, as the filter has them", async () => {
    const ids: string[] = [];
    for (const test of ["step", "other", "step"]) {
      ids.push((await on.client.create({ kind: "echo", input: 1, labels: { test } })).body.id);
    }
    const [oldest, , newest] = ids;
    const { page } = await on.open({ hash: `#/operations/${newest}?label=test%3Astep` });
    const previous = page.getByRole("button", { name: "Previous operation" });
    const next = page.getByRole("button", { name: "Next operation" });
    await expect.poll(() => previous.isDisabled()).toBe(true);
    await next.click();
    await page
      .locator(".operation-id")
      .getByText(oldest ?? "")
      .waitFor();
    expect(await next.isDisabled()).toBe(true);
    await previous.click();
    await page
      .locator(".operation-id")
      .getByText(newest ?? "")
      .waitFor();
  });

  it("narrows the table down to a label of it", async () => {
    for (const test of ["mine", "theirs", "mine"]) {
      await on.client.create({ kind: "echo", input: 1, labels: { test } });
    }
    const { page } = await on.open();
    await page.getByRole("row", { name: /mine/ }).first().click();
    const open = page.getByRole("article");
    await open.getByRole("button", { name: "Full width" }).click();
    await open.locator(".facts").getByRole("button", { name: "test mine" }).click();
    await page.getByText(/^2 of \d+$/).waitFor();
    await open.waitFor();
  });

  it("says in the title of the tab how it stands", async () => {
    const { page } = await on.open();
    const { body } = await on.client.create({ kind: "simulate", input: { outcome: "hang" } });
    await page.getByRole("row", { name: /Running simulate/ }).click();
    await expect.poll(() => page.title()).toBe("Running: simulate · Edge Operations");
    await on.client.cancel(body.id);
    await expect.poll(() => page.title()).toBe("Canceled: simulate · Edge Operations");
    await page.keyboard.press("Escape");
    await expect.poll(() => page.title()).toBe("Operations · Edge Operations");
  });

  it("tells when it was created and when it finished, in a time to compare with other logs", async () => {
    const { body } = await on.client.create({ kind: "echo", input: 1 });
    const done = await on.client.ended(body.id);
    const { page } = await on.open({
      hash: `#/operations/${body.id}`,
      timezoneId: "UTC",
      locale: "en-US",
    });
    const facts = page.locator(".facts");
    await facts.getByText("Finished").waitFor();
    const shown = await facts.locator(".exact").allInnerTexts();
    const exact = (at: unknown) =>
      new Date(at as string).toLocaleString("en-US", {
        ...{ timeZone: "UTC", month: "short", day: "numeric" },
        ...{ hour: "numeric", minute: "2-digit", second: "2-digit" },
      });
    expect(shown.map(plainSpaces)).toEqual(
      [done.createdAt, done.finishedAt].map(exact).map(plainSpaces),
    );
  });
});

/** Versions of ICU differ in which space stands before AM and PM. */
function plainSpaces(text: string): string {
  return text.replace(/\s/g, " ");
}
