import { requestText, WrongAnswer } from "./connection.ts";
import type { Task } from "./load.ts";

/** BareVerb is what the bare object can do; bare-object.js says what each is. */
export type BareVerb = "insert" | "insertUpdate" | "insertCommitUpdate" | "read" | "echo";

/** stored is how many rows there are to read. */
const stored = 256;

/** Bare makes the tasks of the bare object. */
export class Bare {
  readonly #origin: URL;
  #keys = 0;

  constructor(origin: URL) {
    this.#origin = origin;
  }

  /** rows is a task that stores the rows that `read` reads; it is to be done once for each. */
  rows(): { readonly task: Task; readonly count: number } {
    return { task: this.#writing("insert", (n) => storedKey(n)), count: stored };
  }

  /** task does one thing over and over; each written key is new and greater than those before. */
  task(verb: BareVerb): Task {
    if (verb === "read") return this.#reading();
    return this.#writing(verb, () => `k${String(this.#keys++).padStart(12, "0")}`);
  }

  #writing(verb: BareVerb, key: (n: number) => string): Task {
    return {
      origin: this.#origin,
      request: (n) => requestText("POST", `/${verb}/${key(n)}`, {}, payload(n)),
      check: ({ status, body }, n) => {
        const isRight = verb === "insert" ? status === 202 : status === 200 && body === payload(n);
        if (!isRight) throw new WrongAnswer(`bare ${verb}: ${status} ${body}`);
      },
    };
  }

  #reading(): Task {
    return {
      origin: this.#origin,
      request: (n) => requestText("GET", `/read/${storedKey(n % stored)}`),
      check: ({ status, body }, n) => {
        if (status === 200 && body === payload(n % stored)) return;
        throw new WrongAnswer(`bare read: ${status} ${body}`);
      },
    };
  }
}

/** payload is what is stored and echoed everywhere: about a hundred bytes of JSON. */
export function payload(n: number): string {
  return `{"n":${n},"text":"${"abcdefghijklmnopqrstuvwxyz".repeat(3)}"}`;
}

function storedKey(n: number): string {
  return `a${String(n).padStart(12, "0")}`;
}
