import { describe, expect, it } from "vitest";
import { browse } from "./browsing.ts";
import { mustSkip } from "./chromium.ts";

describe.skipIf(mustSkip)("the keyboard alone", () => {
  const on = browse();

  it("signs in, starts an operation, finds it in the table, opens, cancels and closes it", async () => {
    for (let made = 0; made < 5; made++) await on.client.create({ kind: "echo", input: made });
    const { page } = await on.openSignedOut();
    const focused = () =>
      page.evaluate(`(() => {
        const at = document.activeElement;
        return at.id || at.getAttribute("aria-label") || at.textContent.trim();
      })()`);
    const tabTo = async (what: string, key = "Tab") => {
      const passed: unknown[] = [];
      for (let steps = 0; steps < 40; steps++) {
        await page.keyboard.press(key);
        const at = await focused();
        if (at === what) return;
        passed.push(at);
      }
      expect.unreachable(`No ${what} among ${passed.join(", ")}`);
    };

    await expect.poll(focused).toBe("token");
    await page.keyboard.type("test-token");
    await page.keyboard.press("Enter");
    await page.getByRole("navigation").waitFor();
    await page.getByText("5 operations").waitFor();

    await tabTo("Skip to content");
    await page.keyboard.press("Enter");
    await expect.poll(focused).toBe("main");

    await tabTo("New operation", "Shift+Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "New operation" }).waitFor();
    await tabTo("kind");
    // A list begins a new word with a letter that comes a second late, so one letter it is.
    await page.keyboard.press("s");
    await tabTo("input-outcome");
    await page.keyboard.press("h");
    await tabTo("labels");
    await page.keyboard.type("by: keyboard");
    await tabTo("Run");
    await page.keyboard.press("Enter");
    await page.getByRole("article", { name: "simulate" }).waitFor();
    await expect.poll(focused).toBe("operation-title");

    await page.keyboard.press("Escape");
    await page.getByRole("article").waitFor({ state: "detached" });
    await expect.poll(focused).toBe("grid");
    const active = async () => {
      const id = await page.getByRole("grid").getAttribute("aria-activedescendant");
      return (await page.locator(`#${id}`).innerText()).split(/\s+/)[1];
    };
    await expect.poll(active).toBe("simulate");
    await page.keyboard.press("ArrowDown");
    await expect.poll(active).toBe("echo");
    await page.keyboard.press("End");
    await page.keyboard.press("Home");
    await expect.poll(active).toBe("simulate");
    await page.keyboard.press("Enter");
    await page.getByRole("article", { name: "simulate" }).waitFor();
    await tabTo("Cancel");
    await page.keyboard.press("Space");
    await page.getByRole("article").getByText("Canceled").first().waitFor();

    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await expect.poll(focused).toBe("search");
    await page.keyboard.type("zzzz");
    await page.getByText("0 of 6").waitFor();
    await tabTo("Sign out", "Shift+Tab");
    await page.keyboard.press("Enter");
    await page.getByLabel("Token").waitFor();
    await expect.poll(focused).toBe("token");
  });

  it("shows where it is: what has the focus has an outline", async () => {
    const { page } = await on.open();
    for (let steps = 0; steps < 14; steps++) {
      await page.keyboard.press("Tab");
      const [what, outline] = (await page.evaluate(`(() => {
        const style = getComputedStyle(document.activeElement);
        return [document.activeElement.outerHTML.slice(0, 80), style.outlineStyle + " " + parseFloat(style.outlineWidth)];
      })()`)) as [string, string];
      expect([what, outline]).toEqual([what, "solid 2"]);
    }
  });
});
