import { type Summary, summary } from "./comparison.ts";
import { WrongAnswer } from "./connection.ts";
import { measure, type Sample, type Task } from "./load.ts";
import type { Options } from "./options.ts";
import { median } from "./quantile.ts";
import { serveTexts } from "./serving.ts";
import { readMonitor, Tenant } from "./tenant.ts";
import { warmUp } from "./warm-up.ts";

/** large and small are how large the results are, in bytes: the first does not stand in the monitor. */
const large = 400_000;
const small = 100;

/** resultGoal is at most how many times the p50 of a small result a large one should take. */
export const resultGoal = 1.2;

/** stored is how many operations of each size there are to get. */
const stored = 32;

/** Grown is what a large result costs beside a small one, by the same Worker. */
export interface Grown {
  readonly what: string;
  readonly connections: number;
  readonly large: Summary;
  readonly small: Summary;
  /** Large over small: the median of the rounds' own ratios. */
  readonly ratio: Readonly<Record<keyof Summary, number>>;
}

const token = "token-of-the-large-results";

/** measureResults measures creates with their results, and gets, of results of both sizes. */
export async function measureResults(directory: string, options: Options): Promise<Grown[]> {
  const serving = await serveTexts(directory, { TOKEN: token });
  try {
    const tenant = new Tenant(serving.origin, token);
    const works = [new Work(tenant, serving.pid, large), new Work(tenant, serving.pid, small)];
    for (const work of works) await work.prepare();
    const found: Grown[] = [];
    for (const [what, task] of [
      ["create with its result", (work: Work) => work.create()],
      ["get", (work: Work) => work.get()],
    ] as const) {
      const samples: Sample[][] = [[], []];
      const { connections, seconds } = options;
      for (const work of works) await warmUp(() => task(work), connections);
      for (let round = 0; round < options.rounds; round++) {
        for (const [of, work] of works.entries()) {
          samples[of]?.push(await measure(task(work), connections, { seconds }));
        }
      }
      const [many = [], few = []] = samples;
      const ratio = (name: keyof Summary) =>
        median(many.map((sample, round) => sample[name] / (few[round]?.[name] ?? Number.NaN)));
      found.push({
        what,
        connections: options.connections,
        large: summary(many),
        small: summary(few),
        ratio: { rate: ratio("rate"), p50: ratio("p50"), p99: ratio("p99"), cpu: ratio("cpu") },
      });
    }
    return found;
  } finally {
    await serving.stop();
  }
}

/** Work makes the tasks of one size. */
class Work {
  readonly #tenant: Tenant;
  readonly #pid: number;
  readonly #size: number;
  #ids: readonly string[] = [];

  constructor(tenant: Tenant, pid: number, size: number) {
    this.#tenant = tenant;
    this.#pid = pid;
    this.#size = size;
  }

  async prepare(): Promise<void> {
    const made = await this.#tenant.each(stored, () => this.#asked());
    this.#ids = made.map((answer) => readMonitor(answer, 200).id);
  }

  create(): Task {
    return this.#task(() => this.#asked());
  }

  get(): Task {
    const ids = this.#ids;
    return this.#task((n) => ({
      method: "GET",
      path: `/api/v1/operations/${ids[n % ids.length]}`,
    }));
  }

  #asked() {
    return {
      method: "POST",
      path: "/api/v1/operations",
      headers: { "content-type": "application/json", prefer: "wait=10" },
      body: JSON.stringify({ kind: "text", input: { size: this.#size } }),
    };
  }

  #task(asked: (n: number) => Parameters<Tenant["text"]>[0]): Task {
    return {
      origin: this.#tenant.origin,
      pid: this.#pid,
      request: (n) => this.#tenant.text(asked(n)),
      check: (answer) => {
        const { status } = readMonitor(answer, 200);
        if (status !== "succeeded") throw new WrongAnswer(`A result of ${this.#size}: ${status}`);
      },
    };
  }
}
