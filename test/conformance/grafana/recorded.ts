import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../e2e/free-port.ts";

/** Dashboard is what is needed of one of Grafana's. */
export interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly targets: readonly { readonly refId: string; readonly expr: string }[];
  }[];
}

/** Series is one of a range that Prometheus returns: its labels, and values as texts by seconds since 1970. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** every is how often Prometheus scrapes, in seconds. */
const every = 5;

/** Prometheus is Debian's, while it scrapes a Worker. */
export interface Prometheus {
  /** read returns what the queries of a dashboard find of a time, in ms since 1970, by panel and query. */
  read(dashboard: Dashboard, from: number, to: number): Promise<Record<string, readonly Series[]>>;
  stop(): Promise<void>;
}

/** startPrometheus has Prometheus scrape a Worker with a token, and keep what it finds in a directory. */
export async function startPrometheus(
  worker: string,
  token: string,
  directory: string,
): Promise<Prometheus> {
  const port = await freePort();
  const configuration = {
    global: { scrape_interval: `${every}s` },
    scrape_configs: [
      {
        job_name: "default",
        metrics_path: "/api/v1/metrics",
        authorization: { credentials: token },
        static_configs: [{ targets: [new URL(worker).host] }],
      },
    ],
  };
  // JSON is YAML.
  const file = path.join(directory, "prometheus.yml");
  await writeFile(file, JSON.stringify(configuration));
  const options = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${path.join(directory, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn("prometheus", options, { stdio: "ignore" });
  await once(child, "spawn");
  return {
    async read({ panels }, from, to) {
      const found: Record<string, readonly Series[]> = {};
      for (const { id, targets } of panels) {
        for (const { refId, expr } of targets) {
          // As Grafana has it: four scrapes, and all of what a variable can be.
          const query = expr
            .replaceAll("$__rate_interval", `${4 * every}s`)
            .replace(/\$\w+/g, ".*");
          const range = { start: String(from / 1_000), end: String(to / 1_000), step: `${every}` };
          const asked = new URLSearchParams({ query, ...range });
          const response = await fetch(`http://127.0.0.1:${port}/api/v1/query_range?${asked}`);
          const { data, error } = (await response.json()) as {
            data?: { result: Series[] };
            error?: string;
          };
          if (!data) throw new Error(`${query}: ${error}`);
          found[`${id}/${refId}`] = data.result;
        }
      }
      return found;
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await Promise.race([once(child, "exit"), sleep(5_000)]);
    },
  };
}

/** readDashboard reads docs/grafana-dashboard.json. */
export async function readDashboard(): Promise<Dashboard> {
  const file = path.join(import.meta.dirname, "../../../docs/grafana-dashboard.json");
  return JSON.parse(await readFile(file, "utf8"));
}
