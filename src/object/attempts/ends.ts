import type { Event } from "../../core/operation/event.ts";
import type { Payload, Reply, Snapshot } from "../../core/reply.ts";
import type { Span } from "../../core/span.ts";
import type { Ended } from "../../runner/outcome.ts";
import type { Panics } from "../map/panics.ts";
import { setback } from "../schedule/schedule.ts";
import type { Left } from "./attempt-history.ts";

/** Surroundings are what Ends needs of the object. */
export interface Surroundings {
  readonly panics: Panics;
  join(write: () => void): Promise<void>;
  send(id: string, event: Event, body?: Payload): Reply<Snapshot>;
  /** keep stores what an attempt leaves beside its operation, and returns whether it did. */
  keep(id: string, attempt: number, left: Left): true | undefined;
  /** written is called when the end of an attempt is stored, or not accepted. */
  written(id: string, attempt: number): void;
  /** hasAdvanced says whether an attempt has stored something from which the next one continues. */
  hasAdvanced(id: string, attempt: number): boolean;
  /** retried is called within the write of a failure that another attempt will retry. */
  retried(id: string): void;
  /** spans receives the spans of an attempt's calls when its end is stored. */
  spans(spans: readonly Span[]): void;
  /** tell reports a panic in the work. */
  tell(bug: Error, operation: string): Promise<void>;
}

/** Ends stores how attempts ended. */
export class Ends {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** write stores how an attempt ended; it rejects if that fails. */
  async write(id: string, attempt: number, ended: Ended): Promise<void> {
    const { panics, join, send, keep, written, hasAdvanced, retried, tell } = this.#around;
    const { outcome, body, cutOff, postponed, parked, panic, log, spans } = ended;
    const jitter = Math.random();
    try {
      await join(() => {
        if (cutOff !== undefined) {
          const advanced = hasAdvanced(id, attempt) && ({ hasAdvanced: true } as const);
          const leaves = keep(id, attempt, { log, stack: panic?.stack });
          const left = leaves && { leaves };
          send(id, { type: "lost", attempt, jitter, message: cutOff, ...advanced, ...left });
        } else if (postponed !== undefined) {
          const until = Date.now() + setback;
          send(id, { type: "postpone", attempt, until, message: postponed });
        } else if (parked) {
          const leaves = keep(id, attempt, { log, stack: undefined });
          send(id, { type: "park", attempt, ...parked, ...(leaves && { leaves }) });
        } else {
          const leaves = keep(id, attempt, { log, stack: panic?.stack });
          const event = { type: "finish", attempt, outcome, jitter } as const;
          const reply = send(id, leaves ? { ...event, leaves } : event, body);
          // The next attempt runs failed steps again.
          const isPending = !reply.error && reply.op.status === "pending";
          if (outcome.type === "failed" && isPending) retried(id);
        }
        written(id, attempt);
      });
    } catch (thrown) {
      panics.report(thrown, { operation: id, event: "finish" });
      throw thrown;
    }
    if (spans) this.#around.spans(spans);
    // The runner has logged the panic; it is reported here, because the object stays awake for it.
    if (panic) await tell(Object.assign(new Error(panic.message), { name: panic.name }), id);
  }
}
