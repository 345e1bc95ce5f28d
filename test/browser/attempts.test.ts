import path from "node:path";
import { describe, expect, it } from "vitest";
import { browse } from "./browsing.ts";
import { mustSkip, show, signIn } from "./chromium.ts";

describe.skipIf(mustSkip)("what an operation spent its time on", () => {
  const on = browse({
    script: path.resolve(import.meta.dirname, "../library/story-worker.ts"),
    env: { EXTERNAL_KINDS: "outside" },
  });
  const send = (at: string, body: unknown, method = "POST") =>
    on.client.json(`/api/v1/operations${at}`, { method, body: JSON.stringify(body) });

  it("is told as attempts with how each ended, the wait between, and the log, also after a reload", async () => {
    const { body } = await on.client.create({
      kind: "sync",
      input: { source: "pg.example", failFor: 5 },
      retry: { maxAttempts: 2, initialInterval: "1s" },
    });
    await on.client.ended(body.id);
    const { page } = await on.open({ hash: `#/operations/${body.id}` });
    for (const look of ["first", "again"]) {
      const bars = page.locator(".bar-row");
      await bars.getByText("Attempt 2").waitFor();
      const titles = await bars.locator(".bar-name").allInnerTexts();
      expect([look, ...titles]).toEqual([
        look,
        "Queue",
        "Attempt 1",
        "connect",
        "Retry wait",
        "Attempt 2",
      ]);
      expect(await bars.locator(".bar-failed").allInnerTexts()).toEqual(
        Array(2).fill("source_unavailable: pg.example closed the connection"),
      );
      const entries = await page.locator(".log .entry-title").allInnerTexts();
      expect(entries).toEqual([
        "Created",
        "Started",
        "connected",
        "source closed the connection",
        "Attempt 1 failed",
        "Attempt 2 started",
        "connected",
        "source closed the connection",
        "Failed",
      ]);
      await page.reload();
    }
  });

  it("is drawn to scale: steps stand within their attempt, and a wait after it", async () => {
    const { body } = await on.client.create({
      kind: "sync",
      input: { source: "pg.example", failFor: 1 },
      retry: { maxAttempts: 2, initialInterval: "1s" },
    });
    await on.client.ended(body.id);
    const { page } = await on.open({ hash: `#/operations/${body.id}` });
    await page.locator(".bar-row").getByText("copy:invoices").waitFor();
    const box = async (title: string) => {
      const row = page.locator(".bar-row").filter({ hasText: title });
      const found = await row.locator(".fill").boundingBox();
      return { left: found?.x ?? 0, right: (found?.x ?? 0) + (found?.width ?? 0) };
    };
    const [first, wait, second] = [
      await box("Attempt 1"),
      await box("Retry wait"),
      await box("Attempt 2"),
    ];
    expect(Math.abs(first.right - wait.left)).toBeLessThan(4);
    expect(Math.abs(wait.right - second.left)).toBeLessThan(4);
    const step = await box("copy:orders");
    expect(step.left).toBeGreaterThan(second.left);
    expect(step.right).toBeLessThan(second.right + 4);
  });

  it("draws waits shorter where work would be too small to see, unless one asks for the true scale", async () => {
    const { body } = await on.client.create({
      kind: "simulate",
      input: { duration: "500ms" },
      startAfter: "5s",
    });
    await on.client.ended(body.id);
    const { page } = await on.open({ hash: `#/operations/${body.id}` });
    const timeline = page.locator(".timeline");
    await timeline.getByText("waits shortened").waitFor();
    const widthOf = async (title: string) => {
      const row = timeline.locator(".bar-row").filter({ hasText: title });
      return (await row.locator(".fill").boundingBox())?.width ?? 0;
    };
    expect(await widthOf("Queue")).toBeLessThan(await widthOf("Attempt 1"));
    await timeline.getByRole("button", { name: "Show to scale" }).click();
    await timeline.getByRole("button", { name: "Shorten waits" }).waitFor();
    expect(await widthOf("Queue")).toBeGreaterThan(2 * (await widthOf("Attempt 1")));
    expect(await timeline.getByText("waits shortened").count()).toBe(0);
  });

  it("narrows the log down to its problems, and copies it", async () => {
    const { body } = await on.client.create({
      kind: "sync",
      input: { source: "pg.example", failFor: 5 },
    });
    await on.client.ended(body.id);
    const { page } = await on.open({
      hash: `#/operations/${body.id}`,
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const problems = page.getByRole("button", { name: "Problems only (2)" });
    await problems.click();
    const titles = page.locator(".log .entry-title");
    expect(await titles.allInnerTexts()).toEqual(["source closed the connection", "Failed"]);
    await page.getByRole("button", { name: "Copy log" }).click();
    const copied = (await page.evaluate("navigator.clipboard.readText()")) as string;
    expect(copied).toMatch(/^\S+Z error source closed the connection attempt=1\n\S+Z Failed /);
    await problems.click();
    await page.locator(".log").getByText("connected", { exact: true }).waitFor();
  });

  it("lets a rerun go on after the last step that has succeeded", async () => {
    const { body } = await on.client.create({
      kind: "sync",
      input: { source: "pg.example", failFor: 1 },
    });
    await on.client.ended(body.id);
    const { page } = await on.open({ hash: `#/operations/${body.id}` });
    const asked = page.waitForRequest(/:rerun$/);
    await page.getByRole("button", { name: "Rerun from last step" }).click();
    expect((await asked).postDataJSON()).toEqual({ keepSteps: true });
    await page.locator(".facts").getByText(body.id).waitFor();
  });

  it("grows as it happens, without being asked for over and over, and without moving what is read", async () => {
    const { body } = await on.client.create({ kind: "outside" });
    await send(":claim", { kinds: ["outside"], max: 1 });
    const say = (message: string) =>
      send(`/${body.id}`, { attempt: 1, log: [{ level: "info", message }] }, "PATCH");
    await say("first line");
    const hash = `#/operations/${body.id}`;
    const { page } = await on.openSignedOut({ hash, viewport: { width: 1280, height: 500 } });
    const reads: string[] = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/attempts")) reads.push(request.url());
    });
    await signIn(page);
    await page.getByText("first line").waitFor();
    // Once for how it stands, and once more when what is to come is listened to.
    await expect.poll(() => reads.length).toBe(2);
    const open = page.getByRole("article");
    await open.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    const before = await page.getByText("first line").boundingBox();
    await say("second line");
    await page.getByText("second line").waitFor();
    await say("third line");
    await page.getByText("third line").waitFor();
    expect((await page.getByText("first line").boundingBox())?.y).toBe(before?.y);
    // What is logged comes by itself; nothing else has changed.
    expect(reads).toHaveLength(2);
    await send(`/${body.id}:complete`, { attempt: 1, result: 1 });
    await open.getByText("Succeeded").first().waitFor();
  });

  it("shows steps, a sleep and a question as they come, takes the answer, and goes on", async () => {
    const item = { sku: "A-1", quantity: 2 };
    // Signed in before, since it sleeps for some seconds only.
    const { page } = await on.open();
    const { body } = await on.client.create({
      kind: "fulfill",
      input: { customer: { name: "Ada" }, items: [item] },
    });
    await show(page, `#/operations/${body.id}`);
    const bars = page.locator(".bar-row");
    // While it sleeps its deadline stands still, and it is no retry that is to come.
    await page.locator(".facts").getByText("Wakes").waitFor();
    await page.getByRole("row", { name: /Wakes in .* stock reserved/ }).waitFor();
    for (const title of ["charge card", "reserve stock", "fraud window", "Waiting for input"]) {
      await bars.getByText(title).waitFor();
    }
    const question = page.locator(".question");
    await question.getByText("Ship 1 item(s) to Ada?").waitFor();
    await question.getByLabel("approve").selectOption("true");
    await question.getByRole("button", { name: "Submit" }).click();
    await bars.getByText("ship", { exact: true }).waitFor();
    await page.locator(".result").getByText("JJD0099012345").waitFor();
    await bars.getByText("Attempt 3 resumed").waitFor();
    await page.locator(".log").getByText("shipped").waitFor();
  });
});
