import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { Client } from "../../e2e/client.ts";
import { startServed } from "../../e2e/served.ts";
import { startUpstream } from "../../e2e/upstream.ts";
import { startCollector } from "../otlp/collector.ts";
import { busy } from "./busy.ts";
import { readDashboard, startPrometheus } from "./recorded.ts";

// npm run grafana: keeps a Worker busy while Debian's Prometheus scrapes it, and draws docs/grafana-dashboard.json
// of what that found, with the components of Grafana's own page. Grafana itself is in no registry that is used here.

/** packages are installed into a directory that is removed: they are Grafana's whole page, some 380 packages. */
const packages = ["@grafana/data@13.2.3", "@grafana/ui@13.2.3", "react@18.3.1", "react-dom@18.3.1"];

/** Recorded is what the page is given. */
interface Recorded {
  readonly from: number;
  readonly to: number;
  readonly dashboard: object;
  readonly results: object;
}

async function record(directory: string, milliseconds: number): Promise<Recorded> {
  const dashboard = await readDashboard();
  const [upstream, collector] = await Promise.all([startUpstream(), startCollector()]);
  const served = await startServed({
    restarts: true,
    env: {
      UPSTREAMS: JSON.stringify({ up: upstream.url }),
      EXTERNAL_KINDS: "resize",
      WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
      DEVELOPMENT: "true",
      RATE_LIMIT: "1000",
      // Reached towards the end.
      MAX_OPERATIONS: String(Math.round(milliseconds / 85)),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    },
  });
  const client = new Client(served.url);
  const prometheus = await startPrometheus(served.url, client.token, directory);
  try {
    const from = Date.now();
    await busy(client, upstream, milliseconds / 2);
    await Promise.all([served.crash(), collector.close()]);
    await busy(client, upstream, milliseconds / 2);
    const to = Date.now();
    return { from, to, dashboard, results: await prometheus.read(dashboard, from, to) };
  } finally {
    await Promise.all([prometheus.stop(), upstream.close()]);
    await served.stop();
  }
}

/** Bundles the page into a directory, where it installs what that is made of. */
async function bundle(directory: string): Promise<void> {
  const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps"];
  await promisify(execFile)("npm", ["--prefix", directory, "install", ...options, ...packages]);
  await build({
    entryPoints: [path.join(import.meta.dirname, "page.mjs")],
    outfile: path.join(directory, "page.js"),
    bundle: true,
    nodePaths: [path.join(directory, "node_modules")],
    define: { "process.env.NODE_ENV": '"production"', global: "window" },
    loader: { ".svg": "dataurl", ".ttf": "empty" },
    logLevel: "error",
  });
}

async function draw(directory: string, recorded: Recorded, file: string): Promise<void> {
  const data = JSON.stringify(recorded).replaceAll("<", "\\u003c");
  const scripts = `<script>recorded = ${data}</script><script src="page.js"></script>`;
  const head = '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="page.css">';
  const page = path.join(directory, "index.html");
  await writeFile(page, `${head}<div id="root"></div>${scripts}`);
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  try {
    const tab = await browser.newPage({ viewport: { width: 1_928, height: 1_000 } });
    const errors: string[] = [];
    tab.on("pageerror", ({ message }) => errors.push(message));
    await tab.goto(`file://${page}`);
    await tab.locator(".uplot canvas").last().waitFor();
    const { panels } = await readDashboard();
    const drawn = await tab.locator("section").count();
    if (errors.length > 0 || drawn !== panels.length) {
      throw new Error(`${drawn} of ${panels.length} panels were drawn: ${errors.join("; ")}`);
    }
    const empty = await tab.locator("text=No data").count();
    if (empty > 0) throw new Error(`${empty} panels have no data`);
    // Lines are drawn a moment after their canvas is there.
    await tab.waitForTimeout(1_000);
    await tab.screenshot({ path: file, fullPage: true });
  } finally {
    await browser.close();
  }
}

async function main(): Promise<void> {
  const { seconds, to: file } = parseArgs({
    options: {
      seconds: { type: "string", default: "240" },
      to: { type: "string", default: "grafana-dashboard.png" },
    },
  }).values;
  const directory = await mkdtemp(path.join(tmpdir(), "edge-operations-grafana-"));
  try {
    const [recorded] = await Promise.all([
      record(directory, Number(seconds) * 1_000),
      bundle(directory),
    ]);
    await draw(directory, recorded, file);
    console.log(`drew ${file}`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

await main();
