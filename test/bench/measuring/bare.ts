import { requestText, WrongAnswer } from "./connection.ts";
import type { Task } from "./load.ts";
import type { Serving } from "./serving.ts";

/** BareVerb is what the bare object can do; bare-object.js says what each is. */
export type BareVerb = "insert" | "insertUpdate" | "insertCommitUpdate" | "read" | "echo";

/** stored is how many rows there are to read. */
const stored = 256;

/** Each has keys of its own. */
let instances = 0;

/** Bare makes the tasks of the bare object. */
export class Bare {
  readonly #serving: Pick<Serving, "origin" | "pid">;
  readonly #size: number;
  readonly #prefix = `${instances++}-`;
  #keys = 0;

  /** @param size how large values are, in bytes */
  constructor(serving: Pick<Serving, "origin" | "pid">, size = smallSize) {
    this.#serving = serving;
    this.#size = size;
  }

  /** rows is a task that stores the rows that `read` reads; it is to be done once for each. */
  rows(): { readonly task: Task; readonly count: number } {
    return { task: this.#writing("insert", (n) => this.#storedKey(n)), count: stored };
  }

  /** task does one thing over and over; each written key is new and greater than those before. */
  task(verb: BareVerb): Task {
    if (verb === "read") return this.#reading();
    return this.#writing(verb, () => `k${this.#prefix}${String(this.#keys++).padStart(12, "0")}`);
  }

  #writing(verb: BareVerb, key: (n: number) => string): Task {
    return {
      ...this.#serving,
      request: (n) => requestText("POST", `/${verb}/${key(n)}`, {}, payload(n, this.#size)),
      check: ({ status, body }, n) => {
        const isValue = status === 200 && body === payload(n, this.#size);
        const isRight = verb === "insert" ? status === 202 : isValue;
        if (!isRight) throw new WrongAnswer(`bare ${verb}: ${status} ${body.slice(0, 200)}`);
      },
    };
  }

  #reading(): Task {
    return {
      ...this.#serving,
      request: (n) => requestText("GET", `/read/${this.#storedKey(n % stored)}`),
      check: ({ status, body }, n) => {
        if (status === 200 && body === payload(n % stored, this.#size)) return;
        throw new WrongAnswer(`bare read: ${status} ${body.slice(0, 200)}`);
      },
    };
  }

  #storedKey(n: number): string {
    return `a${this.#prefix}${String(n).padStart(12, "0")}`;
  }
}

/** smallSize is about how large what is stored and echoed is where nothing else is said, in bytes. */
export const smallSize = 100;

/** payload is what is stored and echoed: JSON of about so many bytes. */
export function payload(n: number, size = smallSize): string {
  const head = `{"n":${n},"text":"`;
  return `${head}${texts(size)}"}`;
}

const made = new Map<number, string>();

function texts(size: number): string {
  const known =
    made.get(size) ?? "abcdefghijklmnopqrstuvwxyz".repeat(Math.ceil(size / 26)).slice(22);
  made.set(size, known);
  return known;
}
