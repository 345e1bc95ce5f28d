import path from "node:path";
import { describe, expect, it } from "vitest";
import { browse } from "./browsing.ts";
import { mustSkip } from "./chromium.ts";

describe.skipIf(mustSkip)("a form of what is nested", () => {
  const on = browse({ script: path.resolve(import.meta.dirname, "../library/story-worker.ts") });

  it("has fields of objects and arrays, and makes of them what its JSON would", async () => {
    const { page } = await on.open({ hash: "#/start?kind=fulfill" });
    const form = page.getByRole("group", { name: /^Input/ });
    const customer = form.getByRole("group", { name: /^customer/ });
    await customer.getByLabel("name").fill("Ada");
    await customer.getByText("As it stands on the invoice.").waitFor();
    await customer.getByRole("button", { name: "Add address" }).click();
    await customer.getByLabel("street").fill("Dam 1");
    await customer.getByLabel("city").fill("Amsterdam");
    await customer.getByLabel("country").selectOption("NL");
    const items = form.getByRole("group", { name: /^items required/ });
    const item = (n: number) => items.getByRole("group", { name: `items ${n}` });
    await item(1).getByLabel("sku").fill("A-1");
    await items.getByRole("button", { name: "Add to items" }).click();
    await items.getByRole("button", { name: "Add to items" }).click();
    await item(2).getByLabel("sku").fill("gone");
    await item(3).getByLabel("sku").fill("B-2");
    await item(3).getByLabel("quantity").fill("3");
    await item(3).getByLabel("gift").selectOption("true");
    await items.getByRole("button", { name: "Remove items 2" }).click();
    expect(await item(2).getByLabel("sku").inputValue()).toBe("B-2");
    await form.getByRole("button", { name: "Add to notes" }).click();
    await form.getByRole("textbox", { name: "notes 1" }).fill("at the desk");
    await form.getByRole("button", { name: "Edit as JSON" }).click();
    const address = { street: "Dam 1", city: "Amsterdam", country: "NL" };
    expect(JSON.parse(await page.getByLabel("Input as JSON").inputValue())).toEqual({
      customer: { name: "Ada", address },
      items: [
        { sku: "A-1", quantity: 1 },
        { sku: "B-2", quantity: 3, gift: true },
      ],
      priority: "normal",
      notes: ["at the desk"],
    });
    await form.getByRole("button", { name: "Edit as form" }).click();
    expect(await item(2).getByLabel("gift").inputValue()).toBe("true");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByRole("article", { name: "fulfill" }).getByText("Amsterdam").waitFor();
  });

  it("says at its field what is wrong, whether the page finds it or the service", async () => {
    const { page } = await on.open({ hash: "#/start?kind=fulfill" });
    await page.getByLabel("name").fill("Ada");
    await page.getByLabel("email").fill("nowhere");
    await page.getByLabel("sku").fill("A-1");
    await page.getByLabel("quantity").fill("two");
    const run = page.getByRole("button", { name: "Run", exact: true });
    await run.click();
    const field = (label: string) => page.locator(".field", { has: page.getByLabel(label) });
    await field("quantity").getByText("is not a number").waitFor();
    await page.getByLabel("quantity").fill("101");
    await run.click();
    await field("quantity").getByText("is more than 100").waitFor();
    await page.getByLabel("quantity").fill("2");
    await run.click();
    await field("email").locator(".wrong").waitFor();
    expect(await page.getByLabel("email").getAttribute("aria-invalid")).toBe("true");
    await page.getByLabel("email").fill("ada@example.com");
    await run.click();
    await page.getByRole("article", { name: "fulfill" }).waitFor();
  });
});
