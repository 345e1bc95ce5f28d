import type { Task } from "../../runner/attempt.ts";
import type { Ended } from "../../runner/outcome.ts";

/** mostTasks is how many attempts run in one invocation, and mostInput the size of their inputs, in characters. */
const mostTasks = 100;
const mostInput = 4 * 1024 * 1024;

/** largeInput is the input size above which an attempt runs in its own invocation, in characters. */
export const largeInput = 64 * 1024;

/** Invocations run attempts elsewhere. */
export interface Invocations {
  /** one runs an attempt in its own invocation. */
  one(task: Task): Promise<Ended>;
  /** many runs several in one; an outcome that is too large to be returned with the others is missing. */
  many(tasks: readonly Task[]): Promise<readonly (Ended | undefined)[]>;
}

interface Waiting {
  readonly task: Task;
  readonly ended: PromiseWithResolvers<Ended>;
}

/**
 * InlineAttempts runs attempts that start together, in one group of writes, in one invocation. They share its CPU time,
 * memory, subrequests and connections, and end together, so it is for short work that waits for nothing.
 */
export class InlineAttempts {
  readonly #invocations: Invocations;
  #waiting: Waiting[] = [];
  #input = 0;

  constructor(invocations: Invocations) {
    this.#invocations = invocations;
  }

  /** run runs an attempt together with those that start in the same turn. */
  run(task: Task): Promise<Ended> {
    const { length } = task.input;
    // Stored steps may be large too.
    if (length > largeInput || task.steps) return this.#invocations.one(task);
    if (this.#waiting.length === mostTasks || this.#input + length > mostInput) this.#launch();
    const ended = Promise.withResolvers<Ended>();
    this.#waiting.push({ task, ended });
    this.#input += length;
    // A group of writes runs in one turn, and this at its end.
    if (this.#waiting.length === 1) queueMicrotask(() => this.#launch());
    return ended.promise;
  }

  #launch(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#input = 0;
    const [first] = waiting;
    if (!first) return;
    if (waiting.length === 1) first.ended.resolve(this.#invocations.one(first.task));
    else void this.#together(waiting);
  }

  async #together(waiting: readonly Waiting[]): Promise<void> {
    try {
      const ended = await this.#invocations.many(waiting.map(({ task }) => task));
      for (const [index, one] of waiting.entries()) {
        one.ended.resolve(ended[index] ?? this.#invocations.one(one.task));
      }
    } catch (thrown) {
      for (const { ended } of waiting) ended.reject(thrown);
    }
  }
}
