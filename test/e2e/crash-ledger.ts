import type { Monitor } from "./client.ts";
import { endOf } from "./crash-work.ts";

/** CrashReport counts over all rounds; whatever should not have happened is a line in `violations`. */
export interface CrashReport {
  readonly rounds: number;
  /** Creates whose 202 or 200 was received. */
  readonly acknowledged: number;
  /** Of these, not there after the restart. */
  readonly lost: number;
  /** Ids given out twice, and requests that made two operations. */
  readonly duplicated: number;
  /** Operations still unfinished after being left alone. */
  readonly unfinished: number;
  /** How long after a restart, in milliseconds, the last operation ended. */
  readonly settledWithin: number;
  /** Operations that the kill found at work: ended as `interrupted`, and started again. */
  readonly interrupted: number;
  readonly retried: number;
  /** Creates cut off before their answer, and of all keyed ones how many were sent again. */
  readonly cutOff: number;
  readonly repeated: number;
  /** Results read and compared. */
  readonly results: number;
  /** Attempts that workers claimed, and those that they ended and were acknowledged. */
  readonly claimed: number;
  readonly completed: number;
  /** What webhooks were told, repetitions counted, and operations of which none was told. */
  readonly told: number;
  readonly untold: number;
  readonly violations: readonly string[];
}

/** added is one report of two services. */
export function added(one: CrashReport, other: CrashReport): CrashReport {
  const sum = Object.fromEntries(
    Object.entries(one).map(([name, count]) => [name, count + other[name as keyof CrashReport]]),
  );
  return {
    ...(sum as unknown as CrashReport),
    settledWithin: Math.max(one.settledWithin, other.settledWithin),
    violations: [...one.violations, ...other.violations],
  };
}

/** Ledger is what is known across rounds. */
export class Ledger {
  readonly violations: string[] = [];
  readonly #ids = new Map<string, string>();
  readonly #settled = new Map<string, Monitor>();
  /** The greatest id of the rounds before. */
  #last = "";
  acknowledged = 0;
  lost = 0;
  duplicated = 0;
  unfinished = 0;
  settledWithin = 0;
  interrupted = 0;
  retried = 0;
  cutOff = 0;
  repeated = 0;
  results = 0;
  claimed = 0;
  completed = 0;
  told = 0;
  untold = 0;

  violation(line: string): void {
    this.violations.push(line);
  }

  duplicate(line: string): void {
    this.duplicated++;
    this.violation(line);
  }

  /** named notes which request an id was given to. */
  named(id: string, nonce: string): void {
    const known = this.#ids.get(id);
    if (known !== undefined && known !== nonce) {
      this.duplicate(`${id} was given to ${known} and to ${nonce}`);
    }
    this.#ids.set(id, nonce);
  }

  /** settled notes the operations of a round, in the order of their ids. */
  settled(operations: readonly Monitor[]): void {
    const first = operations[0]?.id;
    if (first !== undefined && first <= this.#last) {
      this.violation(`${first} sorts before ${this.#last} of an earlier round`);
    }
    for (const operation of operations) {
      this.#settled.set(operation.id, operation);
      if (operation.id > this.#last) this.#last = operation.id;
    }
  }

  /** checkSettled finds what had not ended before anybody asked: a reader may have ended it. */
  checkSettled(operations: readonly Monitor[], restartedAt: number, askedAt: number): void {
    for (const { id, status, finishedAt } of operations) {
      const ended = finishedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(finishedAt);
      if (ended < askedAt) {
        this.settledWithin = Math.max(this.settledWithin, ended - restartedAt);
      } else {
        this.unfinished++;
        this.violation(`${id} is ${status} and had not ended before it was asked for`);
      }
    }
  }

  /** checkKept holds the whole map at the end against every round. */
  checkKept(operations: readonly Monitor[]): void {
    const byId = new Map(operations.map((operation) => [operation.id, operation]));
    for (const [id, before] of this.#settled) {
      const now = byId.get(id);
      if (!now) {
        this.lost++;
        this.violation(`${id} was settled and is not there at the end`);
      } else if (now.version !== before.version || endOf(now) !== endOf(before)) {
        this.violation(`${id} changed from ${endOf(before)} to ${endOf(now)}`);
      }
    }
  }

  describe(): string {
    const { lost, duplicated, unfinished, violations } = this;
    return `lost ${lost}, duplicated ${duplicated}, unfinished ${unfinished}, violations ${violations.length}`;
  }

  report(rounds: number): CrashReport {
    const { acknowledged, lost, duplicated, unfinished, settledWithin } = this;
    const { interrupted, retried, cutOff, repeated, results } = this;
    const { claimed, completed, told, untold, violations } = this;
    return {
      ...{ rounds, acknowledged, lost, duplicated, unfinished, settledWithin },
      ...{ interrupted, retried, cutOff, repeated, results },
      ...{ claimed, completed, told, untold, violations },
    };
  }
}
