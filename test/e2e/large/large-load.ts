import { isDeepStrictEqual } from "node:util";
import type { Client, Monitor } from "../client.ts";
import { type Body, digestOf, mebibyte, pieces, slowly } from "./bodies.ts";
import type { CrashLargeReport } from "./crash-large.ts";

/** Asked is an operation that was acknowledged. */
interface Asked {
  readonly id: string;
  readonly body: Body;
  readonly method: "GET" | "POST" | "PUT";
  /** The answer to a delete: that it is gone, or none. */
  removed?: "gone" | "perhaps";
}

/** LargeLoad asks for large results, sends large bodies, deletes some of them, and keeps what it was answered, over all rounds. */
export class LargeLoad {
  readonly violations: string[] = [];
  readonly #asked: Asked[] = [];
  #seeds = 0;
  #isOver = false;
  #wanted = 0;
  #enough = Promise.withResolvers<void>();
  #counts = {
    acknowledged: 0,
    cutOff: 0,
    removed: 0,
    uploaded: 0,
    again: 0,
    interrupted: 0,
    compared: 0,
  };

  get report(): CrashLargeReport {
    return { ...this.#counts, violations: this.violations };
  }

  /** begin has so many writers ask, until the Worker is killed. */
  begin(client: Client, writers: number): Promise<unknown> {
    this.#isOver = false;
    return Promise.all(Array.from({ length: writers }, () => this.#write(client)));
  }

  /** enough resolves once so many more have been acknowledged. */
  enough(count: number): Promise<void> {
    this.#enough = Promise.withResolvers();
    this.#wanted = this.#counts.acknowledged + count;
    return this.#enough.promise;
  }

  /** end says that from now on answers may be missing. */
  end(): void {
    this.#isOver = true;
  }

  /** check holds what is there against what was answered. */
  async check(client: Client): Promise<void> {
    const listed = new Map((await client.list()).map((monitor) => [monitor.id, monitor]));
    for (const asked of this.#asked.splice(0)) {
      const now = listed.get(asked.id);
      if (asked.removed === "gone" && now) this.#wrong(asked, "was deleted and is there");
      else if (!now && asked.removed === undefined) this.#wrong(asked, "is not there");
      else if (now) await this.#checkEnd(client, asked, now);
      // What is right is held against the bucket's files once more, and then makes room for the next round.
      if (now && Math.random() < 0.5) this.#asked.push(asked);
      else if (now) await client.raw(`/api/v1/operations/${asked.id}`, { method: "DELETE" });
    }
  }

  async #checkEnd(client: Client, asked: Asked, now: Monitor): Promise<void> {
    if (now.status === "succeeded") {
      if (now.attempt > 1) this.#counts.again++;
      const response = await client.result(asked.id);
      const isUpload = asked.method === "PUT";
      const found = isUpload ? await response.json() : await digestOf(response.body ?? []);
      if (!isDeepStrictEqual(found, await digestOf(pieces(asked.body)))) {
        this.#wrong(asked, `has another result: ${response.status}, ${JSON.stringify(found)}`);
      }
      this.#counts[isUpload ? "uploaded" : "compared"]++;
    } else if (now.error?.code === "interrupted" && asked.method === "POST")
      this.#counts.interrupted++;
    else this.#wrong(asked, `is ${now.status}: ${JSON.stringify(now.error)}`);
  }

  async #write(client: Client): Promise<void> {
    while (!this.#isOver) {
      try {
        await this.#ask(client);
        if (Math.random() < 0.4) await this.#remove(client);
      } catch (thrown) {
        if (!this.#isOver) this.violations.push(`no answer while serving: ${thrown}`);
        this.#counts.cutOff++;
        return;
      }
    }
  }

  async #ask(client: Client): Promise<void> {
    const size = Math.round((0.5 + Math.random() * 11) * mebibyte);
    const body = { seed: this.#seeds++, size };
    const method = (["GET", "GET", "POST", "PUT", "PUT"] as const)[body.seed % 5] ?? "GET";
    const response = await client.raw(`/api/proxy/up/${body.seed}/${size}`, {
      method,
      headers: Math.random() < 0.3 ? {} : { prefer: "wait=10" },
      ...(method === "PUT" && { body: ReadableStream.from(slowly(body)), duplex: "half" }),
    });
    const place = response.headers.get("operation-location") ?? "";
    const id = place.slice(place.lastIndexOf("/") + 1);
    if (!response.ok || id === "") {
      this.violations.push(`${body.seed}: ${response.status} ${await response.text()}`);
      return;
    }
    this.#asked.push({ id, body, method });
    this.#counts.acknowledged++;
    if (this.#counts.acknowledged >= this.#wanted) this.#enough.resolve();
    await response.arrayBuffer();
  }

  async #remove(client: Client): Promise<void> {
    const asked = this.#asked[Math.floor(Math.random() * this.#asked.length)];
    if (!asked || asked.removed) return;
    asked.removed = "perhaps";
    const { status } = await client.raw(`/api/v1/operations/${asked.id}`, { method: "DELETE" });
    if (status === 204) {
      asked.removed = "gone";
      this.#counts.removed++;
    } else {
      // It is not finished.
      delete asked.removed;
      if (status !== 409) this.#wrong(asked, `was not deleted: ${status}`);
    }
  }

  #wrong({ id, body, method }: Asked, what: string): void {
    this.violations.push(`${id}, ${method} of ${body.size} bytes, ${what}`);
  }
}
