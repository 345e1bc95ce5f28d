import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../e2e/free-port.ts";
import { type Served, startServed } from "../e2e/served.ts";
import { launch, mustSkip, noticed, patience } from "./chromium.ts";

const directory = path.resolve(import.meta.dirname, "../../examples/browser-progress");

describe.skipIf(mustSkip)("examples/browser-progress", () => {
  let served: Served;
  let browser: Browser;
  let example: ReturnType<typeof spawn>;
  let url = "";

  beforeAll(async () => {
    const port = await freePort();
    served = await startServed({
      env: { ALLOWED_ORIGINS: `http://127.0.0.1:${port}`, TICKET_SECRET: "s".repeat(32) },
    });
    example = spawn(process.execPath, [path.join(directory, "server.mjs")], {
      env: { API: `${served.url}/api/v1`, TOKEN: "test-token", PORT: String(port) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (!example.stdout) throw new Error("The example has no output");
    const [line] = (await once(createInterface({ input: example.stdout }), "line")) as [string];
    url = line.replace(/^open /, "");
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    example?.kill();
    await served?.stop();
  });

  it("moves its bar as the operation does, and says how it ended", async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(patience);
    await page.goto(url);
    const runs = await noticed(page, "body", "running step ");
    await page.getByRole("button", { name: "Start" }).click();
    await runs();
    await page.getByText(/^succeeded$/).waitFor();
    expect(await page.locator("progress").getAttribute("value")).not.toBeNull();
    expect(await page.content()).not.toContain("test-token");
    await page.close();
  });
});
