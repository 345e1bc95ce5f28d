import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, type Monitor } from "../e2e/client.ts";
import { startServed } from "../e2e/served.ts";
import { browse } from "./browsing.ts";
import { mustSkip, show } from "./chromium.ts";

describe.skipIf(mustSkip)("a lost connection", () => {
  let state = "";
  beforeAll(async () => {
    state = await mkdtemp(path.join(tmpdir(), "edge-operations-lost-"));
  });
  const on = browse({
    get state() {
      return state;
    },
  });
  afterAll(async () => {
    await rm(state, { recursive: true, force: true });
  });

  it("is shown, comes back by itself, and nothing is missed", async () => {
    const { client } = on;
    const make = async (input: unknown) =>
      (await client.create({ kind: "simulate", input, retry: { maxAttempts: 3 } })).body.id;
    const before = await Promise.all([
      ...Array.from({ length: 5 }, () => make({ value: "before" })),
      ...Array.from({ length: 5 }, () => make({ duration: "3s", steps: 3 })),
      make({ outcome: "ask" }),
    ]);
    const { page } = await on.open();
    await page.getByText("11 operations").waitFor();
    await show(page, `#/operations/${before[10]}`);
    const open = page.getByRole("article");
    await open.getByRole("heading", { name: "Waiting for input" }).waitFor();
    await page.evaluate("window.isSame = true");

    const port = Number(new URL(on.served.url).port);
    await on.served.kill9();
    await page.getByRole("status").getByText("Reconnecting…").waitFor();
    await page.getByText("It reconnects by itself").waitFor();
    expect(await page.locator(".grid-body .row").count()).toBe(11);

    on.served = await startServed({ port, state });
    // These are made and ended while the page may still be waiting to try again.
    const after = await Promise.all(Array.from({ length: 9 }, () => make({ value: "after" })));
    await Promise.all(after.map((id) => client.ended(id)));
    await page.getByRole("status").getByText("Live", { exact: true }).waitFor();
    await client.cancel(before[10] ?? "");
    await open.getByText("Canceled").first().waitFor();
    await Promise.all(before.map((id) => client.ended(id)));

    const expected = (await client.list()).map(shownOf).toSorted();
    expect(expected).toHaveLength(20);
    await expect
      .poll(async () => ((await page.evaluate(rowsOf)) as string[]).toSorted())
      .toEqual(expected);
    expect(await page.getByText("It reconnects by itself").count()).toBe(0);
    expect(await page.evaluate("window.isSame")).toBe(true);
  });

  it("goes on when the page was opened before anything was there", async () => {
    const { page } = await on.open({ hash: "#/now?label=round%3Asecond" });
    await page.getByRole("status").getByText("Live", { exact: true }).waitFor();
    const port = Number(new URL(on.served.url).port);
    await on.served.kill9();
    await page.getByRole("status").getByText("Reconnecting…").waitFor();
    on.served = await startServed({ port, state });
    const client = new Client(on.served.url);
    const labels = { round: "second" };
    const ids = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const { body } = await client.create({ kind: "echo", input: 1, labels });
        return (await client.ended(body.id)).id;
      }),
    );
    await expect
      .poll(async () => ((await page.evaluate(rowsOf)) as string[]).toSorted())
      .toEqual(ids.map((id) => `${id} Succeeded`).toSorted());
  });
});

const names: Readonly<Record<string, string>> = {
  succeeded: "Succeeded",
  failed: "Failed",
  canceled: "Canceled",
};

const shownOf = ({ id, status }: Monitor) => `${id} ${names[status]}`;

/** The rows that are in the document: `ID Status`. */
const rowsOf = `[...document.querySelectorAll(".grid-body .row")].map(
  (row) => row.id.slice(4) + " " + row.querySelector(".cell-status").innerText.trim())`;
