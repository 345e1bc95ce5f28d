import { WrongAnswer } from "../measuring/connection.ts";
import type { Task } from "../measuring/load.ts";
import { serveTexts } from "../measuring/serving.ts";
import { readMonitor, Tenant } from "../measuring/tenant.ts";
import type { Options } from "../options.ts";
import { type Compared, compareInTurns, type Named } from "./comparison.ts";

/** large and small are how large the results are, in bytes: the first does not stand in the monitor. */
const large = 400_000;
const small = 100;

/** resultGoal is at most how many times the p50 of a small result a large one should take. */
const resultGoal = 1.2;

/** stored is how many operations of each size there are to get. */
const stored = 32;

const token = "token-of-the-large-results";

/** measureResults measures creates with their results, and gets, of large results beside small ones. */
export async function measureResults(directory: string, options: Options): Promise<Compared[]> {
  const serving = await serveTexts(directory, { TOKEN: token });
  try {
    const tenant = new Tenant(serving.origin, token);
    const tasks = await tasksOf(new Work(tenant, serving.pid, large), "400 KB");
    const counterparts = await tasksOf(new Work(tenant, serving.pid, small), "100 B");
    const counts = [options.connections];
    return await compareInTurns(tasks, counterparts, counts, options, { p50: resultGoal });
  } finally {
    await serving.stop();
  }
}

async function tasksOf(work: Work, size: string): Promise<Named> {
  await work.prepare();
  return [
    [`create with its result of ${size}`, () => work.create()],
    [`get, ${size}`, () => work.get()],
  ];
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
