import { describe, expect, it } from "vitest";
import { browse } from "./browsing.ts";
import { mustSkip, show } from "./chromium.ts";

describe.skipIf(mustSkip)("the time of operations", () => {
  const on = browse();

  it("stands in a column, relative, with the exact time as its title, and sorts the table", async () => {
    const labels = { test: "column" };
    const ids: string[] = [];
    for (const n of [1, 2, 3]) {
      ids.push((await on.client.create({ kind: "echo", input: n, labels })).body.id);
    }
    const { page } = await on.open({ hash: "#/now?label=test%3Acolumn" });
    await page.getByText(/^3 of /).waitFor();
    const first = page.locator(".grid-body .row").first().locator("time");
    await first.getByText(/^(just now|\d+ s ago)$/).waitFor();
    const exact = await first.getAttribute("title");
    expect(Date.parse(exact ?? "")).toBeGreaterThan(Date.now() - 120_000);
    const drawn = () =>
      page.locator(".grid-body .row").evaluateAll((rows) => rows.map((row) => row.id.slice(4)));
    expect(await drawn()).toEqual(ids.toReversed());
    const header = page.getByRole("columnheader", { name: "Created" });
    expect(await header.getAttribute("aria-sort")).toBe("descending");
    await header.getByRole("button").click();
    await expect.poll(drawn).toEqual(ids);
    expect(await header.getAttribute("aria-sort")).toBe("ascending");
    expect(page.url()).toContain("order=asc");
    await page.getByRole("grid", { name: "Operations, oldest first" }).waitFor();
  });

  it("narrows the table down to a span until now, and to a range of one's own", async () => {
    const labels = { test: "span" };
    const { body } = await on.client.create({ kind: "echo", input: 1, labels });
    const created = Date.parse(body.createdAt);
    const { page } = await on.openSignedOut();
    await page.clock.install({ time: created + 90 * 60_000 });
    await page.goto(`${on.served.url}/static/#/now?label=test%3Aspan`);
    await page.getByLabel("Token").fill("test-token");
    await page.keyboard.press("Enter");
    const shows = (count: number) => page.getByText(new RegExp(`^${count} of \\d+$`)).waitFor();
    await shows(1);
    await page.getByText("1 h ago").waitFor();
    const time = page.getByLabel("Filter by time");
    await time.selectOption("Last hour");
    await shows(0);
    expect(page.url()).toContain("within=1h");
    await time.selectOption("Last 24 hours");
    await shows(1);
    await time.selectOption("Custom range…");
    await shows(1);
    const local = (at: number) =>
      page.evaluate(`(() => {
      const shift = new Date(${at}).getTimezoneOffset() * 60_000;
      return new Date(${at} - shift).toISOString().slice(0, 16);
    })()`) as Promise<string>;
    await page.getByLabel("From").fill(await local(created + 60_000));
    await shows(0);
    await page.getByLabel("From").fill(await local(created - 60_000));
    await shows(1);
    await page.getByLabel("To", { exact: true }).fill(await local(created - 60_000));
    await shows(0);
    expect(page.url()).toMatch(/from=.*&to=/);
    await page.getByRole("button", { name: "Clear filters" }).click();
    expect(new URL(page.url()).hash).toBe("#/now");
    await page.getByLabel("From").waitFor({ state: "detached" });
  });

  it("asks the service for what the newest 20,000 do not hold", async () => {
    const { page } = await on.openSignedOut();
    const at = Date.now();
    const operation = (n: number, age: number) => {
      const createdAt = new Date(at - age).toISOString();
      const id = `01m${String(n).padStart(9, "0")}`;
      const common = { id, kind: "echo", status: "succeeded", labels: {}, metadata: {}, links: {} };
      const expiresAt = new Date(at + 86_400_000).toISOString();
      const times = { createdAt, updatedAt: createdAt, finishedAt: createdAt, expiresAt };
      return { ...common, attempt: 1, version: 2, ...times };
    };
    const asked: string[] = [];
    await page.route("**/api/v1/operations?*", (route) => {
      const query = new URL(route.request().url()).searchParams;
      if (query.get("order") === "asc" || query.has("createdBefore")) {
        asked.push(query.toString());
        return route.fulfill({ json: { operations: [operation(7, 3_600_000)] } });
      }
      const from = 90_000 - Number(query.get("pageToken") ?? 0);
      const count = Number(query.get("limit"));
      const operations = Array.from({ length: count }, (_, index) =>
        operation(from - index, 1_000),
      );
      return route.fulfill({ json: { operations, nextPageToken: String(90_000 - from + count) } });
    });
    await page.getByLabel("Token").fill("test-token");
    await page.keyboard.press("Enter");
    await page.getByText("20,000 operations, newest only").waitFor();
    await page.getByRole("button", { name: "Created" }).click();
    await page.locator("#row-01m000000007").waitFor();
    expect(asked.every((query) => query.includes("order=asc"))).toBe(true);
    const before = new Date(at - 60_000).toISOString();
    await show(page, `#/now?to=${encodeURIComponent(before)}`);
    await page.locator("#row-01m000000007").waitFor();
    expect(asked.at(-1)).toContain(`createdBefore=${encodeURIComponent(before)}`);
    await show(page, "#/now");
    await page.locator("#row-01m000090000").waitFor();
  });
});
