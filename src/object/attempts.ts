import type { Operation } from "../core/operation.ts";
import type { Ended } from "./outcome.ts";
import type { StopReason, Task } from "./runner.ts";

/** Attempts knows the attempts that are alive in this object: those it started and has not heard from. */
export class Attempts {
  readonly #alive = new Map<string, Alive>();
  readonly #object: string;
  readonly #run: (task: Task) => Promise<Ended>;
  readonly #ended: (id: string, attempt: number, ended: Ended) => void;

  /**
   * @param object the id of this object, by which work reports back
   * @param run makes an attempt elsewhere
   * @param ended is told how an attempt ended, unless it was stopped before
   */
  constructor(
    object: string,
    run: (task: Task) => Promise<Ended>,
    ended: (id: string, attempt: number, ended: Ended) => void,
  ) {
    this.#object = object;
    this.#run = run;
    this.#ended = ended;
  }

  /** size is how many are alive. */
  get size(): number {
    return this.#alive.size;
  }

  /**
   * start makes the current attempt of an operation. The call leaves this object only once the row
   * that it rests on is on disk: the runtime holds outgoing calls until then.
   */
  start({ id, kind, attempt }: Operation, input: string): void {
    const alive: Alive = {
      attempt,
      stop: undefined,
      stopped: undefined,
      answered: undefined,
    };
    this.#alive.set(id, alive);
    this.#run({ object: this.#object, id, kind, attempt, input })
      .catch((): Ended => ({ outcome: lost(attempt), isCutOff: true }))
      .then((ended) => {
        if (this.#alive.get(id) !== alive) return;
        this.#alive.delete(id);
        alive.stop?.("over");
        alive.answered?.();
        this.#ended(id, attempt, ended);
      });
  }

  /** answered resolves when what an attempt asked has been answered, or it need not know any more. */
  answered(id: string): Promise<void> {
    const alive = this.#alive.get(id);
    if (!alive) return Promise.resolve();
    return new Promise((resolve) => {
      alive.answered = resolve;
    });
  }

  /** goOn tells a living attempt that its operation asks nothing any more. */
  goOn(id: string): void {
    this.#alive.get(id)?.answered?.();
  }

  /** cancel tells a living attempt that a client wants it to stop; it stays alive until it does. */
  cancel(id: string): void {
    const alive = this.#alive.get(id);
    if (!alive) return;
    alive.stopped = "canceled";
    alive.answered?.();
    alive.stop?.("canceled");
  }

  /** drop forgets an attempt whose operation has ended without it, and tells it so. */
  drop(id: string): void {
    const alive = this.#alive.get(id);
    alive?.stop?.("over");
    alive?.answered?.();
    this.#alive.delete(id);
  }

  /** stopped resolves when the attempt should end early, at once where that has come already. */
  stopped(id: string, attempt: number): Promise<StopReason> {
    const alive = this.#alive.get(id);
    if (alive?.attempt !== attempt) return Promise.resolve("over");
    if (alive.stopped) return Promise.resolve(alive.stopped);
    return new Promise((resolve) => {
      alive.stop = resolve;
    });
  }
}

interface Alive {
  readonly attempt: number;
  stop: ((reason: StopReason) => void) | undefined;
  stopped: StopReason | undefined;
  answered: (() => void) | undefined;
}

function lost(attempt: number): Ended["outcome"] {
  const message = `Attempt ${attempt} was cut off`;
  return { type: "failed", error: { code: "interrupted", message }, retryable: true };
}
