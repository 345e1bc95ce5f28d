import { readFileSync } from "node:fs";
import { Client } from "../e2e/client.ts";
import { freePort } from "../e2e/free-port.ts";
import { startServed } from "../e2e/served.ts";
import { exchange, type Outcome } from "./exchange.ts";
import { Heap } from "./heap.ts";
import { malformed } from "./request.ts";

/** Report is what became of many malformed requests. */
export interface Report {
  readonly requests: number;
  /** How many came back with what. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Those that were answered with 5xx, or not at all: the seed and what came. */
  readonly bad: readonly { readonly seed: number; readonly outcome: Outcome }[];
  /** Operations that there are at the end. */
  readonly stored: number;
  /** What was in use after a tenth of the requests, and at the end. */
  readonly memory: readonly [Memory, Memory];
  /** Streams that are in the Worker's heap at the end, after a full collection: bodies that nobody let go. */
  readonly streams: number;
  /** Lines of the log that tell of a panic. */
  readonly panics: readonly string[];
}

/** Memory is in MiB: workerd's resident memory, and the Worker's heap after a full collection. */
export interface Memory {
  readonly resident: number;
  readonly heap: number;
}

/** token opens everything. */
const token = "test-token";

/**
 * fuzz serves the Worker, writes so many malformed requests to raw sockets, `width` at a time, and
 * reports what came of them.
 */
export async function fuzz(requests: number, seed: number, width = 16): Promise<Report> {
  const inspect = await freePort();
  const served = await startServed({
    inspect,
    env: {
      TICKET_SECRET: "s".repeat(32),
      EXTERNAL_KINDS: "resize",
      UPSTREAMS: '{"up":"http://127.0.0.1:9"}',
      MAX_BODY: "65536",
    },
  });
  try {
    const port = Number(new URL(served.url).port);
    const client = new Client(served.url, token);
    const { body: known } = await client.create({ kind: "echo", input: { a: 1 } });
    const heap = await Heap.open(inspect, () => fetch(`${served.url}/api/healthz`));
    const memory = async () => ({
      resident: residentMemory(served.pid),
      heap: Math.round((await heap.used()) / 1e5) / 10,
    });
    const outcomes: Record<string, number> = {};
    const bad: { seed: number; outcome: Outcome }[] = [];
    let next = 0;
    const upTo = (last: number) => Promise.all(Array.from({ length: width }, () => one(last)));
    const one = async (last: number) => {
      while (next < last) {
        const number = next++;
        const { text } = malformed(seed + number, token, known.id);
        const outcome = await exchange(port, text);
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        if (isBad(outcome)) bad.push({ seed: seed + number, outcome });
      }
    };
    await upTo(Math.floor(requests / 10));
    const early = await memory();
    await upTo(requests);
    const late = await memory();
    const streams = await heap.count("workerd / ReadableStream");
    heap.close();
    const { operations } = await client.stats();
    const panics = served.stderr.filter((line) => /panic|"stack"|Uncaught/.test(line));
    const stored = operations.total;
    return { requests, outcomes, bad, stored, memory: [early, late], streams, panics };
  } finally {
    await served.stop();
  }
}

/** 501 is workerd's own word for a method that HTTP does not know. */
function isBad(outcome: Outcome): boolean {
  return outcome === "hung" || (typeof outcome === "number" && outcome >= 500 && outcome !== 501);
}

function residentMemory(pid: number): number {
  const pages = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(pages) / 1024);
}
