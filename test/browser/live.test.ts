import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { Monitor } from "../e2e/client.ts";
import { browse } from "./browsing.ts";
import { mustSkip, noticed } from "./chromium.ts";

describe.skipIf(mustSkip)("now", () => {
  const on = browse();
  /** Each test has a label of its own, so that it sees only what is its own. */
  const labeled = (test: string) => ({ hash: `#/now?label=test%3A${test}`, labels: { test } });

  it("starts an operation from a form and shows it to its end without reloading", async () => {
    const { page } = await on.open({ hash: "#/now" });
    await page.getByRole("link", { name: "New operation" }).click();
    await page.getByLabel("Kind").selectOption("simulate");
    await page.getByLabel("duration").fill("2s");
    await page.getByLabel("steps").fill("4");
    await page.getByLabel("value").fill('{"made": ["here", 1]}');
    await page.getByLabel("Labels").fill("customer: 42");
    await page.evaluate("window.isSame = true");
    const open = page.getByRole("article", { name: "simulate" });
    const runs = await noticed(page, "article", "Running");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await runs();
    await open.getByText("25%").first().waitFor();
    await open.getByText("Succeeded").first().waitFor();
    await open.locator(".result").getByText('"here"').waitFor();
    const titles = await open.locator(".log .entry-title").allInnerTexts();
    expect(titles.slice(0, 2)).toEqual(["Created", "Started"]);
    // On a busy machine a state may be skipped, never the last.
    const reports = titles.slice(2, -1);
    expect(reports).toContain("25%");
    expect(["25%", "50%", "75%", "100%"].filter((one) => reports.includes(one))).toEqual(reports);
    expect(titles.at(-1)).toBe("Succeeded");
    expect(await open.locator(".facts").innerText()).toMatch(/Expires\s+in (1d 0h|23h 5\dm)/);
    // What this tab has started it knows the input of.
    await open.getByRole("heading", { name: "Input" }).waitFor();
    await open.locator(".facts").getByTitle("Filter by customer:42").waitFor();
    await page.getByRole("row", { name: /Succeeded simulate/ }).waitFor();
    expect(await page.evaluate("window.isSame")).toBe(true);
  });

  it("says at its field what the service refuses", async () => {
    const { page } = await on.open({ hash: "#/start?kind=simulate" });
    await page.getByLabel("duration").fill("soon");
    await page.getByLabel("steps").fill("1.5");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByText("is not a whole number").waitFor();
    await expect.poll(() => page.evaluate("document.activeElement.id")).toBe("input-steps");
    await page.getByLabel("steps").fill("1");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.locator(".field", { hasText: "duration" }).getByText("must be a duration").waitFor();
    await expect.poll(() => page.evaluate("document.activeElement.id")).toBe("input-duration");
    await page.getByLabel("duration").fill("0s");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByRole("article").getByText("Succeeded").first().waitFor();
  });

  it("cancels what runs", async () => {
    const { hash, labels } = labeled("cancel");
    const { page } = await on.open({ hash });
    await on.client.create({ kind: "simulate", input: { outcome: "hang" }, labels });
    await page.getByRole("row", { name: /Running simulate/ }).click();
    await page.getByRole("article").getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("row", { name: /Canceled simulate/ }).waitFor();
    const open = page.getByRole("article");
    await open.getByText("Cancel requested").first().waitFor();
    await open.getByRole("heading", { name: "Canceled" }).waitFor();
    expect(await open.getByRole("button", { name: "Cancel", exact: true }).count()).toBe(0);
  });

  it("answers what an operation asks", async () => {
    const { hash, labels } = labeled("ask");
    const { page } = await on.open({ hash });
    const input = { outcome: "ask", message: "Which invoice?" };
    await on.client.create({ kind: "simulate", input, labels });
    await page.getByRole("row", { name: /Needs input simulate/ }).click();
    const open = page.getByRole("article");
    await open.locator(".question").getByText("Which invoice?").waitFor();
    await open.getByLabel("Answer as JSON").fill("{");
    await open.getByRole("button", { name: "Submit" }).click();
    await open.getByText("is not JSON").waitFor();
    await open.getByLabel("Answer as JSON").fill('{"invoice": 7}');
    await open.getByRole("button", { name: "Submit" }).click();
    await open.getByText("Succeeded").first().waitFor();
    await open.getByText("invoice").first().waitFor();
    await open.getByText("Answered").waitFor();
  });

  it("shows what an operation was made with, and retries it as new with that", async () => {
    const { hash, labels } = labeled("again");
    const { page } = await on.open({ hash });
    const { body } = await on.client.create({ kind: "echo", input: { rows: [7] }, labels });
    await page.getByRole("row", { name: /Succeeded echo/ }).click();
    await page.getByText(body.id, { exact: true }).waitFor();
    await page.getByRole("heading", { name: "Input" }).waitFor();
    await page.getByRole("button", { name: "Edit and rerun" }).click();
    await page.getByLabel("Input as JSON").waitFor();
    expect(JSON.parse(await page.getByLabel("Input as JSON").inputValue())).toEqual({ rows: [7] });
    expect(await page.getByLabel("Labels").inputValue()).toBe("test: again");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByRole("article").getByText("Succeeded").first().waitFor();
    expect(await page.getByText(body.id, { exact: true }).count()).toBe(0);
  });

  it("filters by status, kind, label and id, and the address says how", async () => {
    const labels = { test: "filter" };
    const ids = await Promise.all([
      on.client.create({ kind: "echo", input: 1, labels: { ...labels, customer: "a" } }),
      on.client.create({ kind: "simulate", input: {}, labels: { ...labels, customer: "a" } }),
      on.client.create({ kind: "simulate", input: { outcome: "fail" }, labels }),
    ]).then((answers) => answers.map(({ body }) => body.id));
    await Promise.all(ids.map((id) => on.client.ended(id)));
    const { page } = await on.open({ hash: "#/now?label=test%3Afilter" });
    const rows = page.locator(".grid-body").getByRole("row");
    const shows = (count: number) => page.getByText(new RegExp(`^${count} of \\d+$`)).waitFor();
    await shows(3);
    await page.getByRole("button", { name: /^Failed/ }).click();
    await shows(1);
    expect(await rows.first().innerText()).toContain("Failed");
    await page.getByRole("button", { name: /^Failed/ }).click();
    await page.getByLabel("Filter by kind").selectOption("simulate");
    await shows(2);
    await page.getByLabel("Filter by label").fill("customer:a");
    await page.keyboard.press("Enter");
    await shows(1);
    expect(new URL(page.url()).hash).toBe(
      "#/now?kind=simulate&label=test%3Afilter&label=customer%3Aa",
    );
    const { page: shared } = await on.open({ hash: new URL(page.url()).hash });
    await shared.getByText(/^1 of \d+$/).waitFor();
    await page.goBack();
    await shows(2);
    await page.getByRole("button", { name: "Clear filters" }).click();
    await page.getByLabel("Search by ID").fill((ids[0] ?? "").slice(-9));
    await shows(1);
    await page.keyboard.press("Enter");
    await page.getByRole("article", { name: "echo" }).waitFor();
    expect(page.url()).toContain(`#/operations/${ids[0]}`);
  });

  it("drops the row of what somebody else deletes, and counts it no more", async () => {
    const { hash, labels } = labeled("deleted");
    const make = (input: number) => on.client.create({ kind: "echo", input, labels });
    await Promise.all([1, 2, 3].map(make));
    const { page } = await on.open({ hash });
    const rows = page.locator(".grid-body").getByRole("row");
    await page.getByText(/^3 of \d+$/).waitFor();
    await rows.nth(1).click();
    const open = page.getByRole("article");
    const id = await open.locator(".operation-id code").innerText();
    await open.getByRole("heading", { name: "Input" }).waitFor();
    const deleted = await on.client.raw(`/api/v1/operations/${id}`, { method: "DELETE" });
    expect(deleted.status).toBe(204);
    await page.getByText(/^2 of \d+$/).waitFor();
    expect(await rows.count()).toBe(2);
    await open.getByRole("alert").getByText("Operation not found").waitFor();
    await open.getByRole("heading", { name: "Input" }).waitFor();
  });

  it("says so of an operation that is not there", async () => {
    const { page } = await on.open({ hash: "#/operations/01m8nothere" });
    await page.getByRole("alert").getByText("Operation not found").waitFor();
  });

  it("copies commands that do the same in a shell, with the token as $TOKEN", async () => {
    const { body } = await on.client.create({ kind: "echo", input: 1 });
    const { page } = await on.open({ hash: `#/operations/${body.id}` });
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByText("Command line").click();
    for (const tool of ["curl", "kubecfg"]) {
      const said = await noticed(page, ".copied", "Copied");
      await page.getByRole("button", { name: `Copy as ${tool}` }).click();
      await said();
      const copied = String(await page.evaluate("navigator.clipboard.readText()"));
      expect(copied).toContain("$TOKEN");
      expect(await inShell(`${copied}${tool === "kubecfg" ? " -o json" : ""}`)).toMatchObject({
        id: body.id,
        status: "succeeded",
      });
      await page.getByText("Copied", { exact: true }).waitFor({ state: "detached" });
    }
    expect(await page.content()).not.toContain("test-token");
  });

  it("shows commands that start the same as a form would", async () => {
    const { page } = await on.open({ hash: "#/start?kind=simulate" });
    await page.getByLabel("value").fill('"it\'s $HOME"');
    await page.getByLabel("Labels").fill("made: by a shell");
    await page.getByText("Options").click();
    await page.getByLabel("Deadline").fill("2m");
    await page.getByLabel("Max attempts").fill("2");
    await page.getByText("Command line").click();
    for (const tool of ["curl", "kubecfg"]) {
      const command = await page.getByRole("region", { name: `As ${tool}` }).innerText();
      const { id } = await inShell(`${command}${tool === "kubecfg" ? " -o json" : ""}`);
      expect(await on.client.ended(id)).toMatchObject({
        kind: "simulate",
        result: "it's $HOME",
        labels: { made: "by a shell" },
      });
    }
  });

  it("shows what happened over time", async () => {
    const { page } = await on.open({ hash: "#/trends" });
    await page.getByRole("img", { name: /^Operations per second: created now/ }).waitFor();
    await page.getByRole("img", { name: /^Time to finish: p50 now \d/ }).waitFor();
    await page.getByRole("img", { name: /^Requests per second/ }).waitFor();
    expect(await page.locator("canvas").count()).toBe(4);
    await page.getByRole("button", { name: "24 hours" }).click();
    await page.getByRole("img", { name: /^Operations per second/ }).waitFor();
    expect(page.url()).toContain("#/trends?range=24h");
  });
});

const kubecfg = path.resolve(import.meta.dirname, "../../src/cli/kubecfg.ts");

/** Runs a command as somebody who has pasted it, and reads the JSON that it prints. */
async function inShell(command: string): Promise<Monitor> {
  const script = `kubecfg() { "${process.execPath}" "${kubecfg}" "$@"; }\n${command}`;
  const env = { PATH: process.env.PATH ?? "", TOKEN: "test-token" };
  const { stdout } = await promisify(execFile)("sh", ["-c", script], { env });
  return JSON.parse(stdout) as Monitor;
}
