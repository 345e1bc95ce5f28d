import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Monitor } from "../e2e/client.ts";
import { browse } from "./browsing.ts";
import { mustSkip } from "./chromium.ts";

describe.skipIf(mustSkip)("webhook deliveries", () => {
  const on = browse({
    env: {
      DEVELOPMENT: "true",
      WEBHOOK_SECRET: `whsec_${btoa("0123456789abcdef0123456789abcdef")}`,
    },
  });
  let receiver: Server;
  let target = "";
  beforeAll(async () => {
    receiver = createServer((request, response) => {
      request.resume().on("end", () => response.writeHead(204).end());
    }).listen(0, "127.0.0.1");
    await once(receiver, "listening");
    target = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    receiver.close();
  });

  it("are shown without asking for them, and sent again when asked to", async () => {
    const { page } = await on.open();
    const create = {
      kind: "simulate",
      input: { duration: "1s" },
      webhook: `${target}/secret-path`,
    };
    const body = JSON.stringify(create);
    const made = await on.client.json<Monitor>("/api/v1/operations", { method: "POST", body });
    expect(made.status).toBe(202);
    await page.getByRole("row", { name: /simulate/ }).click();
    const open = page.getByRole("article");
    await open.getByText("delivered").waitFor();
    await open.getByText(target, { exact: true }).waitFor();
    expect(await open.locator(".tries li").allInnerTexts()).toEqual([
      expect.stringMatching(/HTTP 204$/),
    ]);
    await open.getByRole("button", { name: "Redeliver" }).click();
    await expect.poll(() => open.locator(".tries li").count()).toBe(2);
    expect(await page.content()).not.toContain("secret-path");
  });
});
