import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { freePort } from "../../e2e/free-port.ts";
import type { Received, Receiver } from "./receiver.ts";

/** server is the package of the telemetry server that Genkit's developer tools start. */
const server = "@genkit-ai/telemetry-server@1.43.0";

/** Starts it with stores on disk, as those tools do. */
const program = `
const { startTelemetryServer, LocalFileTraceStore, LocalFileLogStore } = require("@genkit-ai/telemetry-server");
const roots = { storeRoot: process.cwd(), indexRoot: process.cwd() };
startTelemetryServer({
  port: Number(process.env.PORT),
  traceStore: new LocalFileTraceStore(roots),
  logStore: new LocalFileLogStore(roots),
});
`;

interface StoredTrace {
  readonly spans: Readonly<
    Record<
      string,
      {
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly displayName: string;
        readonly spanKind: string;
        readonly attributes: Readonly<Record<string, unknown>>;
      }
    >
  >;
}

/** startGenkit installs Genkit's telemetry server from npm into a directory of its own, and starts it. */
export async function startGenkit(): Promise<Receiver> {
  const directory = await mkdtemp(path.join(tmpdir(), "edge-operations-genkit-"));
  const install = ["install", "--no-audit", "--no-fund", "--ignore-scripts", server];
  await promisify(execFile)("npm", ["--prefix", directory, ...install]);
  const port = await freePort();
  const child = spawn(process.execPath, ["--eval", program], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory, PORT: String(port) },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const ended = once(child, "exit");
  const url = `http://127.0.0.1:${port}`;
  await answering(`${url}/api/__health`, child);
  return {
    name: server,
    endpoint: `${url}/api/otlp`,
    async read(traceId) {
      const response = await fetch(`${url}/api/traces/${traceId}`);
      const text = await response.text();
      // Of a trace that it does not have it says nothing.
      const trace = response.ok && text !== "" ? (JSON.parse(text) as StoredTrace) : undefined;
      return Object.values(trace?.spans ?? {}).map(
        ({ spanId, parentSpanId = "", displayName, spanKind, attributes }): Received => ({
          spanId,
          parentSpanId,
          name: displayName,
          kind: spanKind.toLowerCase(),
          attempt: attributes["edge_operations.attempt"],
        }),
      );
    },
    async stop() {
      child.kill("SIGKILL");
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Resolves once somebody answers there. */
async function answering(url: string, child: { readonly exitCode: number | null }): Promise<void> {
  while (child.exitCode === null) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the server ended with ${child.exitCode}`);
}
