import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, requestText, WrongAnswer, withConnections } from "./connection.ts";

/** Asked is a request, its token left out. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Monitor is what is read of the status monitor. */
export interface Monitor {
  readonly id: string;
  readonly status: string;
  readonly result?: unknown;
  readonly finishedAt?: string;
}

/** batch is how many ids one batchGet may name. */
const batch = 100;

/** patience is how long work may take to end after the load, in milliseconds. */
const patience = 30_000;

/** Tenant is a client of one tenant's map, for what is not measured. */
export class Tenant {
  readonly origin: URL;
  readonly headers: Readonly<Record<string, string>>;

  constructor(origin: URL, token: string) {
    this.origin = origin;
    this.headers = { authorization: `Bearer ${token}` };
  }

  /** each makes `count` requests, several at once, and answers their answers in order. */
  each(count: number, asked: (n: number) => Asked): Promise<Answer[]> {
    return withConnections(this.origin, Math.min(count, 32), async (connections) => {
      const answers: Answer[] = [];
      let n = 0;
      await Promise.all(
        connections.map(async (connection) => {
          while (n < count) {
            const mine = n++;
            answers[mine] = await connection.send(this.text(asked(mine)));
          }
        }),
      );
      return answers;
    });
  }

  /** ask makes one request. */
  async ask(asked: Asked): Promise<Answer> {
    const [answer] = await this.each(1, () => asked);
    if (!answer) throw new WrongAnswer(`${asked.method} ${asked.path}: no answer`);
    return answer;
  }

  /** text is a request with this tenant's token, as it goes over the wire. */
  text({ method, path, headers, body }: Asked): string {
    return requestText(method, path, { ...this.headers, ...headers }, body);
  }

  /** ended answers operations once every one of them has ended, in the order of `ids`. */
  async ended(ids: readonly string[]): Promise<Monitor[]> {
    const until = Date.now() + patience;
    for (;;) {
      const operations = await this.#getMany(ids);
      if (operations.every(({ finishedAt }) => finishedAt !== undefined)) return operations;
      const left = operations.filter(({ finishedAt }) => finishedAt === undefined);
      if (Date.now() > until) throw new WrongAnswer(`${left.length} operations have not ended`);
      await sleep(20);
    }
  }

  /** stats is `GET /stats`. */
  async stats(): Promise<Stats> {
    const { status, body } = await this.ask({ method: "GET", path: "/api/v1/stats" });
    if (status !== 200) throw new WrongAnswer(`stats: ${status} ${body}`);
    return JSON.parse(body) as Stats;
  }

  async #getMany(ids: readonly string[]): Promise<Monitor[]> {
    const count = Math.ceil(ids.length / batch);
    const answers = await this.each(count, (n) => ({
      method: "POST",
      path: "/api/v1/operations:batchGet",
      body: JSON.stringify({ ids: ids.slice(n * batch, (n + 1) * batch) }),
    }));
    return answers.flatMap(({ status, body }) => {
      if (status !== 200) throw new WrongAnswer(`batchGet: ${status} ${body}`);
      return (JSON.parse(body) as { operations: Monitor[] }).operations;
    });
  }
}

/** Stats is what is read of `GET /stats`. */
export interface Stats {
  readonly operations: { readonly byStatus: Readonly<Record<string, number>> };
  readonly waiters: number;
}

/** readMonitor reads an answer of a status that is expected. */
export function readMonitor({ status, body }: Answer, expected: number): Monitor {
  if (status !== expected) throw new WrongAnswer(`must be ${expected}, not ${status}: ${body}`);
  return JSON.parse(body) as Monitor;
}
