import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Monitor } from "../e2e/client.ts";
import { type Browsing, browse } from "./browsing.ts";
import { mustSkip } from "./chromium.ts";

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const script = "<script>window.ran = 1; parent.ran = 1</script>";
const answers: Readonly<Record<string, readonly [string, Buffer]>> = {
  "/page": ["text/html", Buffer.from(`<h1>hello</h1>${script}`)],
  "/image": ["image/png", png],
  "/drawing": [
    "image/svg+xml",
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`),
  ],
  "/binary": ["application/x-thing", Buffer.from([0, 1, 2, 3, 255])],
  "/large": [
    "application/json",
    Buffer.from(JSON.stringify(Array.from({ length: 90_000 }, () => "xyz"))),
  ],
  "/rows": [
    "application/json",
    Buffer.from(JSON.stringify({ rows: [1, 2, { deep: [{ er: "in" }] }] })),
  ],
  "/lies": ["image/png", Buffer.from(`<h1>hello</h1>${script}`)],
};

describe.skipIf(mustSkip)("a result", () => {
  let upstream: Server;
  let on: Browsing;
  const environment: Record<string, string> = {};
  beforeAll(async () => {
    upstream = createServer(({ url = "" }, response) => {
      const [type, body] = answers[url] ?? ["text/plain", Buffer.from("?")];
      response.writeHead(200, { "content-type": type }).end(body);
    }).listen(0, "127.0.0.1");
    await once(upstream, "listening");
    const { port } = upstream.address() as AddressInfo;
    environment.UPSTREAMS = JSON.stringify({ up: `http://127.0.0.1:${port}` });
  });
  on = browse({ env: environment });
  afterAll(() => {
    upstream.close();
  });

  async function opened(path: string) {
    const { body } = await on.client.json<Monitor>(`/api/proxy/up${path}`, {
      headers: { prefer: "respond-async" },
    });
    const id = body.id;
    await on.client.ended(id);
    const tab = await on.open({ hash: `#/operations/${id}` });
    return { id, ...tab, result: tab.page.locator(".result") };
  }

  it.each(["/page", "/drawing"])(
    "that is a document (%s) is shown as text, and never rendered",
    async (path) => {
      const { page, result } = await opened(path);
      await result.getByText(script).waitFor();
      expect(await page.evaluate("window.ran")).toBeUndefined();
      expect(await page.locator("h1").allInnerTexts()).toEqual(["Edge Operations"]);
      expect(await page.locator("iframe, object, embed").count()).toBe(0);
    },
  );

  it("that is pixels is shown as an image, by no address that holds a token", async () => {
    const { page, result, requested } = await opened("/image");
    const image = result.getByRole("img", { name: "Result" });
    await image.waitFor();
    expect(await image.evaluate((element: { naturalWidth?: number }) => element.naturalWidth)).toBe(
      1,
    );
    expect(await image.getAttribute("src")).toMatch(/^blob:/);
    expect(requested.filter((url) => /token|ticket/.test(url))).toEqual([]);
    expect(await page.evaluate("window.ran")).toBeUndefined();
  });

  it("that says it is pixels and is a document runs nothing", async () => {
    const { page, result } = await opened("/lies");
    await result.locator("img").waitFor({ state: "attached" });
    expect(await page.evaluate("window.ran")).toBeUndefined();
  });

  it.each([
    ["/binary", "bin"],
    ["/large", "json"],
  ])("that is not shown (%s) is offered for download", async (path, extension) => {
    const { page, result, id } = await opened(path);
    await result.getByText("No preview for this type").waitFor();
    const download = page.waitForEvent("download");
    await result.getByRole("button", { name: "Download" }).click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe(`${id}.${extension}`);
    expect(await readFile(await saved.path())).toEqual(answers[path]?.[1]);
  });

  it("of an upstream stands with what was asked, never the query, and with the trace", async () => {
    const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    const { body } = await on.client.json<Monitor>("/api/proxy/up/rows?key=hidden", {
      headers: { prefer: "respond-async", traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    });
    await on.client.ended(body.id);
    const { page } = await on.open({ hash: `#/operations/${body.id}` });
    const request = page.locator(".operation-request");
    await request.getByText("HTTP 200").waitFor();
    expect(await request.innerText()).toMatch(/^GET up\/rows\s+HTTP 200$/);
    await page.locator(".facts").getByText(trace, { exact: true }).waitFor();
    expect(await page.locator(".facts").innerText()).toMatch(/Attempts\s+1/);
    // Its input, which whoever may read it can see, is the one place for the query.
    expect(await page.locator(".operation-head").innerText()).not.toContain("hidden");
    expect(await page.getByRole("grid").innerText()).not.toContain("hidden");
  });

  it("that is JSON is folded, and unfolds by the keyboard", async () => {
    const { page, result } = await opened("/rows");
    await result.getByText("rows").waitFor();
    expect(await result.getByText('"in"').count()).toBe(0);
    for (const count of ["1 item", "1 field"]) {
      await result.locator("summary", { hasText: count }).focus();
      await page.keyboard.press("Enter");
    }
    await result.getByText('"in"').waitFor();
  });
});
