import { defaultInterruptions } from "../../src/core/operation/interruptions.ts";
import type { Invariant } from "./invariants.ts";
import type { Work } from "./plan.ts";
import { shortId } from "./runtime/network.ts";
import { stepNames } from "./runtime/stepping.ts";
import type { World } from "./runtime/world.ts";

/** Monitor is what clients read of an operation. */
export interface Monitor {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly version: number;
  readonly attempt: number;
  readonly createdAt: string;
  readonly finishedAt?: string;
  readonly expiresAt?: string;
  readonly deadlineAt: string;
  readonly inputRequest?: unknown;
  readonly input?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Known is what clients know of one operation together. */
export interface Known {
  readonly id: string;
  readonly work: Work;
  /** The highest version that anybody was told. */
  version: number;
  /** The end that somebody was told, as JSON. */
  end?: string;
  /** By the wall clock, the earliest at which it may be gone. */
  goneFrom: number;
  /** How many deletions were asked for and not refused. */
  deletions: number;
  isCanceled: boolean;
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/** milliseconds reads the durations that plans have. */
export function milliseconds(text: string): number {
  const [, count = "", unit = ""] = /^(\d+)(ms|s|m)$/.exec(text) ?? [];
  return Number(count) * (units[unit] ?? Number.NaN);
}

export function isTerminal({ status }: Pick<Monitor, "status">): boolean {
  return status === "succeeded" || status === "failed" || status === "canceled";
}

/** Ledger is what clients were told of all operations, and holds what they are told next against it. */
export class Ledger {
  readonly operations = new Map<string, Known>();
  readonly #world: World;
  /** How many attempts were given back, at the most. */
  readonly #released = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** acknowledged takes in what a create was answered. */
  acknowledged(monitor: Monitor, work: Work): Known {
    const made = this.operations.get(monitor.id) ?? {
      id: monitor.id,
      work,
      version: 0,
      goneFrom: Date.parse(monitor.createdAt) + milliseconds(work.ttl),
      deletions: 0,
      isCanceled: false,
    };
    this.operations.set(monitor.id, made);
    this.see(monitor, { version: 0, at: 0 });
    return made;
  }

  /** before is what is known as a reader begins to read. */
  before(id: string): { readonly version: number; readonly at: number } {
    return { version: this.operations.get(id)?.version ?? 0, at: this.#world.queue.now };
  }

  /** see takes in what somebody was told, who began to read when this much was known. */
  see(monitor: Monitor, before: { readonly version: number; readonly at: number }): void {
    const known = this.operations.get(monitor.id);
    // Others' creates whose answers were lost; nobody knows what was asked.
    if (!known) return;
    const where = `operation ${shortId(monitor.id)}`;
    if (monitor.version < before.version) {
      const message = `${where} was told at version ${before.version}, now ${monitor.version}`;
      this.#fail("S2", message);
    }
    known.version = Math.max(known.version, monitor.version);
    if (isTerminal(monitor)) {
      const end = JSON.stringify([
        monitor.status,
        monitor.version,
        monitor.attempt,
        monitor.finishedAt,
        monitor.error,
        monitor.result,
      ]);
      if (known.end !== undefined && known.end !== end) {
        this.#fail("S3", `${where} ended as ${known.end} and as ${end}`);
      }
      known.end = end;
      known.goneFrom = Date.parse(monitor.expiresAt ?? "");
      this.#checkEnd(known, monitor);
    } else if (before.at > this.#lateFrom(Date.parse(monitor.deadlineAt))) {
      this.#fail("S4", `${where} is ${monitor.status} after its deadline, ${monitor.deadlineAt}`);
    }
    const most = mostAttempts(known.work) + (this.#released.get(known.id) ?? 0);
    if (monitor.attempt > most) {
      this.#fail("S7", `${where} is at attempt ${monitor.attempt} of ${most}`);
    }
  }

  /**
   * When something that is unfinished is too late: a while after its deadline has come, however the
   * clock was turned, and after the last trouble, for which an object may leave a row alone.
   */
  #lateFrom(deadline: number): number {
    return Math.max(this.#world.reached(deadline), this.#world.faultAt) + 65_000;
  }

  /** releasing takes in that an attempt is being given back, which then does not count. */
  releasing(id: string): void {
    // Its create may not have been answered yet.
    this.#released.set(id, (this.#released.get(id) ?? 0) + 1);
  }

  /** missing takes in that an operation was not found. */
  missing(id: string): void {
    const known = this.operations.get(id);
    if (!known || known.deletions > 0 || this.#world.latest >= known.goneFrom) return;
    this.#fail("S1", `operation ${shortId(id)} was acknowledged and is not found`);
  }

  /** mayBeGone says whether an operation may not be there any more. */
  mayBeGone(id: string): boolean {
    const known = this.operations.get(id);
    return !known || known.deletions > 0 || this.#world.latest >= known.goneFrom;
  }

  #checkEnd({ work, isCanceled }: Known, { id, status, error, result }: Monitor): void {
    const { outcome } = Object(work.input) as { outcome?: string };
    const isExternal = work.kind !== "echo" && outcome === undefined;
    const code = error?.code ?? "";
    const where = `operation ${shortId(id)}`;
    if (status === "canceled" && !isCanceled) this.#fail("S3", `${where} is canceled, unasked`);
    if (status === "succeeded" && (outcome === "fail" || outcome === "hang")) {
      this.#fail("S3", `${where} has succeeded, which its work cannot`);
    }
    if (work.kind === "echo" && status === "succeeded") {
      const [given, got] = [JSON.stringify(work.input), JSON.stringify(result)];
      if (given !== got) this.#fail("S3", `${where} answers ${got} to ${given}`);
    }
    if (work.kind === "stepping" && status === "succeeded") {
      const got = JSON.stringify(result);
      if (got !== JSON.stringify(stepNames)) this.#fail("S3", `${where} answers ${got}`);
    }
    if (status !== "failed") return;
    const own = isExternal ? "worker_failed" : "simulated";
    const possible = [own, "interrupted", "deadline_exceeded", "internal"];
    if (!possible.includes(code)) {
      this.#fail("S7", `${where} is failed as ${code}, which is not its own doing`);
    }
  }

  #fail(invariant: Invariant, message: string): void {
    this.#world.fail(invariant, message);
  }
}

/** Before each attempt that counts, and each answer, as many may be lost in a row as interruptions allow. */
function mostAttempts({ kind, retry, input }: Work): number {
  // Parked twice, and begun anew with each step that is stored or undone.
  if (kind === "stepping") {
    const counted = retry?.maxAttempts ?? 1;
    return (
      (counted * (1 + 2 + stepNames.length) + stepNames.length) * (1 + defaultInterruptions.limit)
    );
  }
  const { outcome } = Object(input) as { outcome?: string };
  const isExternal = kind !== "echo" && outcome === undefined;
  const counted = retry?.maxAttempts ?? (isExternal ? 3 : 1);
  if (isExternal) return counted;
  return (counted + (outcome === "ask" ? 1 : 0)) * (1 + defaultInterruptions.limit);
}
