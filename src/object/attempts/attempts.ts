import { againAfter, isFirstToBegin } from "../../core/operation/attempts.ts";
import {
  type Compensation,
  isTerminal,
  isToUndo,
  type Operation,
} from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import type { Trace } from "../../core/trace.ts";
import type { StopReason, Task } from "../../runner/attempt.ts";
import type { Ended } from "../../runner/outcome.ts";
import type { At, Follow, Follower } from "../map/followers.ts";
import type { StepStore } from "../storage/step-store.ts";

/**
 * firstPause is how long to wait before an outcome is written again after a failure, in milliseconds; it doubles each
 * time.
 */
const firstPause = 100;

/** longestPause is the longest such wait. */
const longestPause = 30_000;

/** kept is how many times writing an outcome may fail before its body is given up. */
const kept = 8;

/**
 * mostRead is how many characters of inputs and steps one group of writes reads for attempts that start again; further
 * ones start with the next group.
 */
const mostRead = 16 * 1024 * 1024;

/** mostHere is how many attempts of one group of writes run in this object. */
const mostHere = 100;

/** Surroundings are what Attempts needs of the object. */
export interface Surroundings {
  /** The id of the object, for reports of the work. */
  readonly object: string;
  /** run runs an attempt elsewhere. */
  run(task: Task): Promise<Ended>;
  /** runHere runs an attempt in this object, if its kind allows that. */
  runHere(task: Task): Promise<Ended> | undefined;
  /** ended writes how an attempt ended, unless it was stopped before. If it rejects, it is called again. */
  ended(id: string, attempt: number, ended: Ended): Promise<void>;
  /** inputOf returns the input of an operation, as JSON text. */
  inputOf(id: string): string;
  readonly steps: Pick<StepStore, "of" | "lastOf">;
  /** traceOf returns the trace as the current attempt of an operation continues it. */
  traceOf(op: Operation): Trace | undefined;
  /** writtenOf returns the size of an operation's output, in bytes. */
  writtenOf(op: Operation): number;
}

/**
 * Attempts knows the attempts that are alive in this object: those that are running, and those whose outcome is not
 * written yet. If writing an outcome fails, it is retried as long as the object lives and the operation waits for it.
 * After about 25 s it is replaced with a small failure, which another attempt may make up for.
 */
export class Attempts implements Follower {
  readonly event = "attempt";
  readonly #alive = new Map<string, Alive>();
  readonly #around: Surroundings;
  /** How much has been read in this group of writes. */
  #read = 0;
  /** The attempts that started here in this group of writes, and have not ended. */
  readonly #here = new Set<Alive>();
  #begunHere = 0;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** isBusy says whether an attempt that started here may end in this group of writes. */
  get isBusy(): boolean {
    return this.#here.size > 0;
  }

  /** size is how many are alive. */
  get size(): number {
    return this.#alive.size;
  }

  /** hasRoom says whether another attempt may start in this group of writes. */
  get hasRoom(): boolean {
    return this.#read < mostRead;
  }

  /** groupEnded is called at the end of each group of writes. */
  groupEnded(): void {
    this.#read = 0;
    this.#here.clear();
    this.#begunHere = 0;
  }

  /** ids are the ids of operations with living attempts. */
  get ids(): readonly string[] {
    return [...this.#alive.keys()];
  }

  /** changed starts, stops or resumes the attempt of an operation that has changed. */
  changed(before: Operation | undefined, { op }: Snapshot, { input }: At): Follow {
    const { id } = op;
    if (isTerminal(op) || op.status === "pending" || isToUndo(op)) {
      return before && (() => this.drop(id));
    }
    const isBegun = op.status === "running" && op.attempt > (before?.attempt ?? 0);
    if (!isBegun) {
      if (op.cancelRequestedAt !== before?.cancelRequestedAt) return () => this.cancel(id);
      return before?.inputRequest && !op.inputRequest ? () => this.goOn(id) : undefined;
    }
    if (op.external) return undefined;
    // Read in the same write as the change.
    const text = input ?? this.#around.inputOf(id);
    const past = before && this.#pastOf(op);
    const written = this.#around.writtenOf(op);
    for (const { value = "" } of past?.steps ?? []) this.#read += value.length;
    if (before) this.#read += text.length;
    return () => {
      // An attempt that undoes steps may start while the attempt of the work is still running.
      if (op.compensation) this.drop(id);
      this.start(op, text, { ...past, ...(written > 0 && { written }) }, before === undefined);
    };
  }

  /**
   * start starts the current attempt of an operation. The call leaves this object only when its row is on disk: the
   * runtime holds outgoing calls until then, including those of work that runs here.
   *
   * @param isNew whether the operation is being created. Other attempts run elsewhere: if an attempt crashes the
   *   object, it must be on disk to be found lost, or every life of the object would start with it
   */
  start(
    op: Operation,
    input: string,
    past?: Pick<Task, "steps" | "interrupted" | "written" | "undoing">,
    isNew = false,
  ): void {
    const { id, kind, attempt, idempotency, keys, upload } = op;
    const alive: Alive = { attempt, stopped: undefined, stopping: [], asking: [] };
    this.#alive.set(id, alive);
    const key = idempotency && { key: idempotency.key };
    const { object } = this.#around;
    const trace = this.#around.traceOf(op);
    const more = {
      ...(keys && { keys }),
      ...(upload && { upload }),
      ...(trace && { trace }),
      ...(!isFirstToBegin(op) && { isRepeated: true as const }),
    };
    // The data is passed with the call, and not kept in memory while the attempt runs.
    const task = { object, id, kind, attempt, input, ...key, ...past, ...more };
    const here = isNew && this.#begunHere < mostHere ? this.#around.runHere(task) : undefined;
    if (here) {
      this.#begunHere += 1;
      this.#here.add(alive);
    }
    void this.#make(id, here ?? this.#around.run(task), alive);
  }

  /** What earlier attempts have left. */
  #pastOf(op: Operation): Pick<Task, "steps" | "interrupted" | "undoing"> {
    const { id, attempt, lostAttempt, compensation } = op;
    const steps = this.#around.steps.of(id);
    if (compensation) return { steps, undoing: undoingOf(op, compensation) };
    const isInterrupted = lostAttempt !== undefined && lostAttempt === attempt - 1;
    const step = isInterrupted ? this.#around.steps.lastOf(id, lostAttempt) : undefined;
    return {
      ...(steps.length > 0 && { steps }),
      ...(isInterrupted && { interrupted: { ...(step && { step }), attempt: lostAttempt } }),
    };
  }

  async #make(id: string, running: Promise<Ended>, alive: Alive): Promise<void> {
    const { attempt } = alive;
    let ended: Ended;
    try {
      ended = await running;
    } catch {
      ended = lost(attempt);
    }
    for (let failures = 0; this.#alive.get(id) === alive; failures++) {
      alive.stopped = "over";
      stop(alive, "over");
      answer(alive);
      if (failures === kept) ended = unwritable;
      try {
        await this.#around.ended(id, attempt, ended);
        this.written(id, attempt);
      } catch {
        const pause = Math.min(firstPause * 2 ** failures, longestPause);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
    this.#here.delete(alive);
  }

  /** written removes an attempt whose outcome is stored, or not accepted. */
  written(id: string, attempt: number): void {
    if (this.#alive.get(id)?.attempt === attempt) this.#alive.delete(id);
  }

  /** isAlive says whether an attempt of an operation is running here. */
  isAlive(id: string, attempt: number): boolean {
    const alive = this.#alive.get(id);
    return alive?.attempt === attempt && alive.stopped !== "over";
  }

  /**
   * answered resolves when the question of a living attempt has been answered or is obsolete, and at once for other
   * attempts.
   */
  answered(id: string, attempt: number): Promise<void> {
    const alive = this.#alive.get(id);
    if (alive?.attempt !== attempt) return Promise.resolve();
    return new Promise((resolve) => alive.asking.push(resolve));
  }

  /** goOn tells a living attempt that its operation has no open question any more. */
  goOn(id: string): void {
    const alive = this.#alive.get(id);
    if (alive) answer(alive);
  }

  /** cancel tells a living attempt that a client wants it to stop; it stays alive until it does. */
  cancel(id: string): void {
    const alive = this.#alive.get(id);
    if (!alive || alive.stopped === "over") return;
    alive.stopped = "canceled";
    answer(alive);
    stop(alive, "canceled");
  }

  /** drop removes an attempt whose operation has ended without it, and tells it to stop. */
  drop(id: string): void {
    const alive = this.#alive.get(id);
    if (!alive) return;
    this.#alive.delete(id);
    stop(alive, "over");
    answer(alive);
  }

  /** stopped resolves when the attempt should end early, at once if that is already the case. */
  stopped(id: string, attempt: number): Promise<StopReason> {
    const alive = this.#alive.get(id);
    if (alive?.attempt !== attempt) return Promise.resolve("over");
    if (alive.stopped) return Promise.resolve(alive.stopped);
    return new Promise((resolve) => alive.stopping.push(resolve));
  }
}

/** The data for an attempt that undoes steps. */
function undoingOf(
  op: Operation,
  { error, interruptions = {} }: Compensation,
): NonNullable<Task["undoing"]> {
  const { deadlineAt } = op;
  const loss = { type: "lost", attempt: op.attempt, jitter: 0 } as const;
  const { wait, isUsedUp } = againAfter(op, interruptions, loss);
  return { reason: error, until: deadlineAt, lastAt: isUsedUp ? 0 : deadlineAt - wait };
}

interface Alive {
  readonly attempt: number;
  /** Why it should end, if it should. */
  stopped: StopReason | undefined;
  /** Callers that wait to hear when it should end. */
  readonly stopping: ((reason: StopReason) => void)[];
  /** Callers that wait for the answer to its question. */
  readonly asking: (() => void)[];
}

function stop({ stopping }: Alive, reason: StopReason): void {
  for (const resolve of stopping.splice(0)) resolve(reason);
}

function answer({ asking }: Alive): void {
  for (const resolve of asking.splice(0)) resolve();
}

/** The outcome of an attempt whose real outcome could not be written. */
const unwritable: Ended = {
  outcome: {
    type: "failed",
    error: { code: "internal", message: "The outcome of the attempt could not be stored" },
    retryable: true,
  },
};

function lost(attempt: number): Ended {
  const cutOff = `Attempt ${attempt} was cut off`;
  const error = { code: "interrupted", message: cutOff };
  return { outcome: { type: "failed", error, retryable: true }, cutOff };
}
