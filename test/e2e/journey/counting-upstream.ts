import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { appendFile, readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { answering } from "../answering.ts";

/** Visit is one call of the upstream: of which operation, by which step, with which key, and what it returned. */
export interface Visit {
  readonly operation: string;
  readonly step: string;
  readonly key: string;
  readonly gave: string;
}

/** slowest is how long an answer takes at most, in milliseconds: long enough for kills to fall into it. */
const slowest = 120;

/**
 * CountingUpstream is what steps call: it writes each call to a file before it answers, and answers
 * each with another text. A Worker that is killed takes nothing of it along.
 */
export class CountingUpstream {
  readonly #file: string;
  readonly #server: Server;

  constructor(file: string) {
    this.#file = file;
    this.#server = createServer(
      answering(async (request, response) => {
        const [, operation = "", step = ""] = (request.url ?? "").split("/");
        const key = String(request.headers["idempotency-key"] ?? "");
        const gave = randomUUID();
        await appendFile(file, `${JSON.stringify({ operation, step, key, gave })}\n`);
        await sleep(Math.random() * slowest);
        response.end(gave);
      }),
    );
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** visits returns every call so far, in the order in which they came. */
  async visits(): Promise<Visit[]> {
    const text = await readFile(this.#file, "utf8").catch(() => "");
    return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Visit]));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
