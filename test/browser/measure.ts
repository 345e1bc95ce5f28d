import { readFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { assetsDirectory } from "../../src/local/wrangler.ts";
import { Client } from "../e2e/client.ts";
import { startServed } from "../e2e/served.ts";
import { launch, openTab, signIn } from "./chromium.ts";
import { seed } from "./seed.ts";

// node test/browser/measure.ts: how long it takes, from opening the page on a served Worker, until
// its first rows are there, with 1,000 operations and with 10,000; how long frames take while the
// table is scrolled from end to end; and how much script the page has, compressed.

const rounds = 7;

/** Scrolls from the top to the end in 120 steps, and answers how long each frame took. */
const scroll = `new Promise((resolve) => {
  const grid = document.getElementById("grid");
  const times = [];
  let step = 0;
  let before = performance.now();
  const next = (now) => {
    times.push(now - before);
    before = now;
    if (step++ === 120) return resolve(times.slice(1));
    grid.scrollTop = (grid.scrollHeight - grid.clientHeight) * step / 120;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})`;

const script = gzipSync(await readFile(path.join(assetsDirectory, "static/dashboard.js")), {
  level: 9,
});
console.log(`script, gzip           ${script.byteLength} bytes (budget 70000)`);

const browser = await launch();
const served = await startServed({ env: { EXTERNAL_KINDS: "outside" } });
try {
  const client = new Client(served.url);
  await seed(client, "echo", 500);
  await seed(client, "outside", 500);
  await report("1,000");
  await seed(client, "echo", 4_500);
  await seed(client, "outside", 4_500);
  await report("10,000");
} finally {
  await browser.close();
  await served.stop();
}

async function report(count: string): Promise<void> {
  const opened: number[] = [];
  const whole: number[] = [];
  let frames: readonly number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { page } = await openTab(browser, served.url);
    await signIn(page);
    // Opened as somebody does who has signed in before, in this tab.
    const begin = performance.now();
    await page.reload({ waitUntil: "commit" });
    await page.locator(".grid-body .row").first().waitFor();
    opened.push(performance.now() - begin);
    await page.getByText(`${count} operations`, { exact: true }).waitFor();
    whole.push(performance.now() - begin);
    if (round === rounds - 1) frames = (await page.evaluate(scroll)) as number[];
    await page.context().close();
  }
  console.log(`${count} operations`);
  console.log(`  first rows           ${told(opened)}`);
  console.log(`  all of them          ${told(whole)}`);
  console.log(`  frames in a scroll   ${told(frames)}`);
}

function told(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (q: number) => Math.round(sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms (${times.length})`;
}
