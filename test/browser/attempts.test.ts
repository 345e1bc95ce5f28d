import { describe, expect, it } from "vitest";
import { browse } from "./browsing.ts";
import { mustSkip } from "./chromium.ts";

describe.skipIf(mustSkip)("the attempts of an operation", () => {
  const on = browse();

  it("are shown with how each ended, and are there after a reload", async () => {
    const { body } = await on.client.create({
      kind: "simulate",
      input: { outcome: "fail", message: "Not today" },
      retry: { maxAttempts: 2, initialInterval: "1s" },
    });
    await on.client.ended(body.id);
    const { page } = await on.open({ hash: `#/operations/${body.id}` });
    for (const look of ["first", "again"]) {
      const attempts = page.locator(".attempt");
      await attempts.nth(1).waitFor();
      const told = await attempts.locator("summary").allInnerTexts();
      expect([look, ...told.map((text) => text.split(",")[0])]).toEqual([
        look,
        "Attempt 1: failed",
        "Attempt 2: failed",
      ]);
      await attempts.nth(1).getByText("simulated: Not today").waitFor();
      await page.reload();
    }
  });
});
