import { describe, expect, it } from "vitest";
import { browse } from "./browsing.ts";
import { mustSkip, show } from "./chromium.ts";

describe.skipIf(mustSkip)("pausing a kind", () => {
  const on = browse();

  it("is done where one starts it, told above the table, and undone there", async () => {
    const { page } = await on.open();
    await show(page, "#/start?kind=echo");
    await page.getByText("echo is active").waitFor();
    await page.getByRole("button", { name: "Pause echo" }).click();
    await page.getByText("echo is paused").waitFor();
    const { body } = await on.client.create({ kind: "echo", input: 1 });
    expect(body.status).toBe("pending");
    await show(page, "#/now");
    await page.getByText("echo is paused").waitFor();
    await page.getByRole("button", { name: "Resume echo" }).click();
    await page.getByText("echo is paused").waitFor({ state: "detached" });
    expect((await on.client.ended(body.id)).status).toBe("succeeded");
  });

  it("starts an operation late and first where the options say so", async () => {
    const { page } = await on.open();
    await show(page, "#/start?kind=echo");
    await page.getByText("Options").click();
    await page.getByLabel("Start at").fill("2099-01-01T00:00:00Z");
    await page.getByLabel("Deadline").fill("1h");
    await page.getByLabel("Priority").fill("12");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByRole("alert").getByText("priority").waitFor();
  });
});
