import { readFileSync } from "node:fs";
import { Client } from "../e2e/client.ts";
import { startServed } from "../e2e/served.ts";
import { exchange, type Outcome } from "./exchange.ts";
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
  /** workerd's resident memory, in MiB, after a tenth of the requests and at the end. */
  readonly memory: readonly [number, number];
  /** Lines of the log that tell of a panic. */
  readonly panics: readonly string[];
}

/** token opens everything. */
const token = "test-token";

/**
 * fuzz serves the Worker, writes so many malformed requests to raw sockets, `width` at a time, and
 * reports what came of them.
 */
export async function fuzz(requests: number, seed: number, width = 16): Promise<Report> {
  const served = await startServed({
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
    const outcomes: Record<string, number> = {};
    const bad: { seed: number; outcome: Outcome }[] = [];
    let next = 0;
    let early = 0;
    const one = async () => {
      while (next < requests) {
        const number = next++;
        if (number === Math.floor(requests / 10)) early = memoryOf(served.pid);
        const { text } = malformed(seed + number, token, known.id);
        const outcome = await exchange(port, text);
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        if (isBad(outcome)) bad.push({ seed: seed + number, outcome });
      }
    };
    await Promise.all(Array.from({ length: width }, one));
    const { operations } = await client.stats();
    const panics = served.stderr.filter((line) => /panic|"stack"|Uncaught/.test(line));
    const memory = [early, memoryOf(served.pid)] as const;
    return { requests, outcomes, bad, stored: operations.total, memory, panics };
  } finally {
    await served.stop();
  }
}

/** 501 is workerd's own word for a method that HTTP does not know. */
function isBad(outcome: Outcome): boolean {
  return outcome === "hung" || (typeof outcome === "number" && outcome >= 500 && outcome !== 501);
}

function memoryOf(pid: number): number {
  const pages = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(pages) / 1024);
}
