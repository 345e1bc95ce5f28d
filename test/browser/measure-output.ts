import { setTimeout as sleep } from "node:timers/promises";
import { work } from "../../src/client/index.ts";
import { Client, type Monitor } from "../e2e/client.ts";
import { startServed } from "../e2e/served.ts";
import { launch, openTab, signIn } from "./chromium.ts";

// node test/browser/measure-output.ts [SECONDS]: how long it takes from op.write in a worker, which writes 50 tokens a
// second as a model does, until the page shows each.

const seconds = Number(process.argv[2] ?? 20);
const pause = 20;

/** Writes down when the page has shown each token for the first time; both clocks are this machine's. */
const observe = `(() => {
  const seen = window.seen = {};
  new MutationObserver(() => {
    const text = document.querySelector('[role=region][aria-label=Output], section[aria-label=Output]')?.textContent ?? "";
    const last = Number(/ (\\d+);[^;]*$/.exec(text)?.[1] ?? -1);
    for (let n = last; n >= 0 && seen[n] === undefined; n--) seen[n] = Date.now();
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
})()`;

const browser = await launch();
const served = await startServed({ env: { EXTERNAL_KINDS: "model" } });
const stop = new AbortController();
const written: number[] = [];
const shown = Promise.withResolvers<void>();
const working = work({
  url: served.url,
  token: "test-token",
  kinds: ["model"],
  signal: stop.signal,
  onError: (error) => console.error(error),
  run: async (_, op) => {
    await shown.promise;
    for (let n = 0; n < (seconds * 1_000) / pause; n++) {
      written[n] = Date.now();
      op.write(` ${n};`);
      await sleep(pause);
    }
    return "done";
  },
});
try {
  const client = new Client(served.url);
  const { body } = await client.json<Monitor>("/api/v1/operations", {
    method: "POST",
    body: JSON.stringify({ kind: "model" }),
  });
  const { page } = await openTab(browser, served.url, { hash: `#/operations/${body.id}` });
  await signIn(page);
  await page.getByRole("article").getByText("Running").first().waitFor();
  await page.evaluate(observe);
  shown.resolve();
  await page
    .getByRole("article")
    .getByText("Succeeded")
    .first()
    .waitFor({ timeout: (seconds + 30) * 1_000 });
  const seen = (await page.evaluate("window.seen")) as Record<number, number>;
  const delays = written
    .map((time, n) => (seen[n] ?? Number.NaN) - time)
    .filter((delay) => !Number.isNaN(delay))
    .sort((a, b) => a - b);
  const at = (q: number) => delays[Math.floor(q * (delays.length - 1))];
  console.log(`${written.length} tokens written, ${delays.length} seen`);
  console.log(`p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`);
} finally {
  stop.abort();
  await working;
  await browser.close();
  await served.stop();
}
