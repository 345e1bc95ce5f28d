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

/** firstPause is how long after a failed write of an outcome it is written again, in milliseconds; then twice as long each time. */
const firstPause = 100;

/** longestPause is the most of that. */
const longestPause = 30_000;

/** kept is how many times the write of an outcome may fail before its body is given up. */
const kept = 8;

/**
 * mostRead is how much of inputs and steps one group of writes reads for attempts that begin again, in
 * characters; what would begin beyond that begins with the next.
 */
const mostRead = 16 * 1024 * 1024;

/** mostHere is how many attempts of one group of writes run in this object. */
const mostHere = 100;

/** Surroundings are what Attempts needs of the object. */
export interface Surroundings {
  /** The id of the object, by which work reports back. */
  readonly object: string;
  /** run makes an attempt elsewhere. */
  run(task: Task): Promise<Ended>;
  /** runHere makes an attempt in this object, if its work is for that. */
  runHere(task: Task): Promise<Ended> | undefined;
  /**
   * ended writes how an attempt ended, unless it was stopped before; it rejects if that failed, and
   * is called again.
   */
  ended(id: string, attempt: number, ended: Ended): Promise<void>;
  /** inputOf reads the input of an operation, as JSON text. */
  inputOf(id: string): string;
  readonly steps: Pick<StepStore, "of" | "lastOf">;
  /** traceOf returns the trace as an operation's present attempt goes on with it. */
  traceOf(op: Operation): Trace | undefined;
  /** writtenOf returns how much output there is of an operation, in bytes. */
  writtenOf(op: Operation): number;
}

/**
 * Attempts knows the attempts that are alive in this object: those it started and has not heard
 * from, and those whose outcome is not written yet. An outcome whose write fails is kept and written
 * again, for as long as the object lives and the operation waits for it; after some 25 s it is
 * given up for a failure, which is small and which another attempt may make up for.
 */
export class Attempts implements Follower {
  readonly event = "attempt";
  readonly #alive = new Map<string, Alive>();
  readonly #around: Surroundings;
  /** How much has been read in this group of writes. */
  #read = 0;
  /** The attempts that have begun here in this group of writes, and are not over. */
  readonly #here = new Set<Alive>();
  #begunHere = 0;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** isBusy says whether an attempt that has begun here may end in this group of writes. */
  get isBusy(): boolean {
    return this.#here.size > 0;
  }

  /** size is how many are alive. */
  get size(): number {
    return this.#alive.size;
  }

  /** hasRoom says whether another attempt may begin in this group of writes. */
  get hasRoom(): boolean {
    return this.#read < mostRead;
  }

  /** groupEnded is called at the end of each group of writes. */
  groupEnded(): void {
    this.#read = 0;
    this.#here.clear();
    this.#begunHere = 0;
  }

  /** ids are the operations whose attempts are alive. */
  get ids(): readonly string[] {
    return [...this.#alive.keys()];
  }

  /** changed starts, stops or lets go on the attempt of an operation that has changed. */
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
    // Read with the change that it belongs to.
    const text = input ?? this.#around.inputOf(id);
    const past = before && this.#pastOf(op);
    const written = this.#around.writtenOf(op);
    for (const { value = "" } of past?.steps ?? []) this.#read += value.length;
    if (before) this.#read += text.length;
    return () => {
      // One that undoes steps may begin while that of the work goes on.
      if (op.compensation) this.drop(id);
      this.start(op, text, { ...past, ...(written > 0 && { written }) }, before === undefined);
    };
  }

  /**
   * start makes the current attempt of an operation. The call leaves this object only once the row
   * that it rests on is on disk: the runtime holds outgoing calls until then, those of work that runs
   * here too.
   *
   * @param isNew whether the operation is being made. Others run elsewhere: an attempt that takes the
   *   object with it must be on disk to be found lost, or every life of the object would begin with it
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
    // What it is told leaves with the call, and is not held here for as long as it goes on.
    const task = { object, id, kind, attempt, input, ...key, ...past, ...more };
    const here = isNew && this.#begunHere < mostHere ? this.#around.runHere(task) : undefined;
    if (here) {
      this.#begunHere += 1;
      this.#here.add(alive);
    }
    void this.#make(id, here ?? this.#around.run(task), alive);
  }

  /** What is left of the attempts before. */
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

  /** written says that the outcome of an attempt is in the map, or that nobody takes it. */
  written(id: string, attempt: number): void {
    if (this.#alive.get(id)?.attempt === attempt) this.#alive.delete(id);
  }

  /** isAlive says whether an attempt of an operation is at work here. */
  isAlive(id: string, attempt: number): boolean {
    const alive = this.#alive.get(id);
    return alive?.attempt === attempt && alive.stopped !== "over";
  }

  /**
   * answered resolves when what a living attempt asked has been answered, or it need not know any
   * more, and at once for one that is not alive.
   */
  answered(id: string, attempt: number): Promise<void> {
    const alive = this.#alive.get(id);
    if (alive?.attempt !== attempt) return Promise.resolve();
    return new Promise((resolve) => alive.asking.push(resolve));
  }

  /** goOn tells a living attempt that its operation asks nothing any more. */
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

  /** drop forgets an attempt whose operation has ended without it, and tells it so. */
  drop(id: string): void {
    const alive = this.#alive.get(id);
    if (!alive) return;
    this.#alive.delete(id);
    stop(alive, "over");
    answer(alive);
  }

  /** stopped resolves when the attempt should end early, at once if that has come already. */
  stopped(id: string, attempt: number): Promise<StopReason> {
    const alive = this.#alive.get(id);
    if (alive?.attempt !== attempt) return Promise.resolve("over");
    if (alive.stopped) return Promise.resolve(alive.stopped);
    return new Promise((resolve) => alive.stopping.push(resolve));
  }
}

/** What an attempt is told that is to undo steps. */
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
  /** Those who want to know when it should end. */
  readonly stopping: ((reason: StopReason) => void)[];
  /** Those who wait for an answer to what it asked. */
  readonly asking: (() => void)[];
}

function stop({ stopping }: Alive, reason: StopReason): void {
  for (const resolve of stopping.splice(0)) resolve(reason);
}

function answer({ asking }: Alive): void {
  for (const resolve of asking.splice(0)) resolve();
}

/** What is told of an attempt whose outcome could not be written. */
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
