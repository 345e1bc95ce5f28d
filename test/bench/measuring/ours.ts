import { payload, smallSize } from "./bare.ts";
import { type Answer, WrongAnswer } from "./connection.ts";
import type { Task } from "./load.ts";
import { type Asked, type Monitor, readMonitor, type Tenant } from "./tenant.ts";

/** stored is how many finished operations there are to get. */
const stored = 256;

/** largest is how large a result may be that stands in the monitor, in bytes. */
const largest = 64 * 1024;

/** outside and idle are kinds of outside work, the second one without any; `outsideKinds` is for `EXTERNAL_KINDS`. */
const outside = "outside";
const idle = "idle";
export const outsideKinds = `${outside},${idle}`;

const sent = { "content-type": "application/json" };

const claim = (kind: string, query = ""): Asked => ({
  method: "POST",
  path: `/api/v1/operations:claim${query}`,
  headers: sent,
  body: `{"kinds":["${kind}"],"lease":"1h"}`,
});

/** Ours makes the tasks of this project's Worker. */
export class Ours {
  readonly #tenant: Tenant;
  readonly #pid: number;
  readonly #size: number;
  #finished: readonly string[] = [];

  /**
   * @param pid that of the workerd that serves the tenant
   * @param size how large inputs and results are, in bytes
   */
  constructor(tenant: Tenant, pid: number, size = smallSize) {
    this.#tenant = tenant;
    this.#pid = pid;
    this.#size = size;
  }

  /** prepare makes the finished operations that `get` gets. */
  async prepare(count = stored): Promise<void> {
    const made = await this.#tenant.each(count, (n) => this.#create(n, "10"));
    this.#finished = made.map((answer, n) => this.#finishedOf(answer, n).id);
  }

  /** create is one operation and its 202; its work counts as done when the last one has ended. */
  create(): Task {
    const made = new Map<string, number>();
    return this.#task(
      (n) => this.#create(n),
      (answer, n) => {
        const { id, status } = readMonitor(answer, 202);
        if (status !== "running" && status !== "succeeded") throw wrong("create", answer);
        made.set(id, n);
      },
      async () => {
        const ended = await this.#tenant.ended([...made.keys()]);
        for (const op of ended) this.#hold(op, made.get(op.id) ?? -1);
        return Math.max(...ended.map(({ finishedAt = "" }) => Date.parse(finishedAt)));
      },
    );
  }

  /** result is one operation with its result in the same answer. */
  result(): Task {
    return this.#task(
      (n) => this.#create(n, "10"),
      (answer, n) => this.#finishedOf(answer, n),
    );
  }

  /** get is one finished operation, by its id. */
  get(): Task {
    const ids = this.#finished;
    return this.#task(
      (n) => ({ method: "GET", path: `/api/v1/operations/${ids[n % ids.length]}` }),
      (answer, n) => {
        const { id } = this.#finishedOf(answer, n % ids.length);
        if (id !== ids[n % ids.length]) throw wrong("get", answer);
      },
    );
  }

  /** list is the newest 20 operations. */
  list(): Task {
    return this.#asked(() => "/api/v1/operations?limit=20");
  }

  /** pages is 20 operations, each time after another one. */
  pages(): Task {
    const ids = this.#finished;
    const after = ids.map((id) => Buffer.from(id).toString("base64").replaceAll("=", ""));
    return this.#asked((n) => `/api/v1/operations?limit=20&pageToken=${after[n % after.length]}`);
  }

  /** stats is the counts of all operations. */
  stats(): Task {
    return this.#asked(() => "/api/v1/stats");
  }

  /** simulated is one operation whose work takes so many milliseconds, awaited in one request. */
  simulated(milliseconds: number): Task {
    const input = (n: number) => ({ duration: `${milliseconds}ms`, value: JSON.parse(payload(n)) });
    return this.#task(
      (n) => ({
        ...this.#create(n, "10"),
        body: JSON.stringify({ kind: "simulate", input: input(n) }),
      }),
      (answer, n) => this.#finishedOf(answer, n),
    );
  }

  /** claims is one operation of outside work and a claim of one, in turn. */
  claims(): Task {
    const claimed = claim(outside);
    const made = this.#created(`{"kind":"${outside}"}`);
    return this.#task(
      (n) => (n % 2 === 0 ? made : claimed),
      (answer, n) => {
        if (answer.status !== (n % 2 === 0 ? 202 : 200)) throw wrong("claims", answer);
      },
    );
  }

  /** waitingClaims is a claim that waits for work and an operation of it, in turn. */
  waitingClaims(): Task {
    // The last claim may be one too many, and is not to wait for long.
    const claimed = claim(outside, "?wait=100ms");
    const made = this.#created(`{"kind":"${outside}"}`);
    return this.#task(
      (n) => (n % 2 === 0 ? claimed : made),
      (answer, n) => {
        if (answer.status !== (n % 2 === 0 ? 200 : 202)) throw wrong("waitingClaims", answer);
      },
    );
  }

  /** idleClaims is a claim where there is nothing. */
  idleClaims(): Task {
    return this.#task(
      () => claim(idle),
      (answer) => {
        if (answer.body !== '{"operations":[]}') throw wrong("idleClaims", answer);
      },
    );
  }

  #asked(pathOf: (n: number) => string): Task {
    return this.#task(
      (n) => ({ method: "GET", path: pathOf(n) }),
      (answer, n) => {
        if (answer.status !== 200) throw wrong(pathOf(n), answer);
      },
    );
  }

  #create(n: number, wait?: string): Asked {
    return this.#created(`{"kind":"echo","input":${payload(n, this.#size)}}`, wait);
  }

  #created(body: string, wait?: string): Asked {
    const prefer = wait !== undefined && { prefer: `wait=${wait}` };
    return { method: "POST", path: "/api/v1/operations", headers: { ...sent, ...prefer }, body };
  }

  #finishedOf(answer: Answer, n: number): Monitor {
    return this.#hold(readMonitor(answer, 200), n);
  }

  /** The result of every operation here is its input; a large one does not stand in the monitor. */
  #hold(op: Monitor, n: number): Monitor {
    const wanted = this.#size > largest ? undefined : payload(n, this.#size);
    if (op.status === "succeeded" && JSON.stringify(op.result) === wanted) return op;
    throw new WrongAnswer(`Operation ${n} ended as ${JSON.stringify(op).slice(0, 500)}`);
  }

  #task(
    request: (n: number) => Asked,
    check: (answer: Answer, n: number) => void,
    settled?: () => Promise<number>,
  ): Task {
    return {
      origin: this.#tenant.origin,
      pid: this.#pid,
      request: (n) => this.#tenant.text(request(n)),
      check,
      ...(settled && { settled }),
    };
  }
}

function wrong(what: string, { status, body }: Answer): WrongAnswer {
  return new WrongAnswer(`${what}: ${status} ${body}`);
}
