import { describe, expect, it } from "vitest";
import type { Monitor } from "../e2e/client.ts";
import { browse } from "./browsing.ts";
import { mustSkip } from "./chromium.ts";

describe.skipIf(mustSkip)("the output of an operation", () => {
  const on = browse({ env: { EXTERNAL_KINDS: "model" } });
  const send = (path: string, body: unknown, method = "POST") =>
    on.client.json<Monitor>(`/api/v1/operations${path}`, { method, body: JSON.stringify(body) });

  it("is shown as it is written, as text alone, and stays at its end unless one reads back", async () => {
    const { body } = await send("", { kind: "model" });
    await send(":claim", { kinds: ["model"], max: 1 });
    const write = (output: string) => send(`/${body.id}`, { attempt: 1, output }, "PATCH");
    await write("Once <img src=x onerror='window.ran=1'>\n");
    const { page } = await on.open({ hash: `#/operations/${body.id}` });
    const shown = page.getByRole("region", { name: "Output" });
    await shown.getByText("Once <img").waitFor();
    await write(`${"line\n".repeat(300)}last\n`);
    await shown.getByText("last").waitFor();
    const left = () => shown.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
    // It is scrolled after the paint that shows it.
    await expect.poll(left).toBeLessThan(5);
    // The page hears of it with the next frame.
    await shown.evaluate((box) => {
      const heard = new Promise((resolve) =>
        box.addEventListener("scroll", resolve, { once: true }),
      );
      box.scrollTop = 0;
      return heard.then(() => {});
    });
    await write("more\n");
    await shown.getByText("more").waitFor();
    expect(await shown.evaluate((box) => box.scrollTop)).toBe(0);
    await send(`/${body.id}:complete`, { attempt: 1, result: "done" });
    await page.getByRole("article").getByText("Succeeded").first().waitFor();
    expect(await shown.innerText()).toContain("more");
    expect(await page.evaluate("window.ran")).toBeUndefined();
  });
});
