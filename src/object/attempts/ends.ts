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
  /** keep writes what an attempt leaves beside its operation, and says whether it did. */
  keep(id: string, attempt: number, left: Left): true | undefined;
  /** written is called once the end of an attempt is in the map, or nobody takes it. */
  written(id: string, attempt: number): void;
  /** hasAdvanced says whether an attempt has stored something that the next goes on from. */
  hasAdvanced(id: string, attempt: number): boolean;
  /** retried is called within the write of a failure that another attempt is to make up for. */
  retried(id: string): void;
  /** spans takes those of what an attempt asked of others, once its end is written. */
  spans(spans: readonly Span[]): void;
  /** tell tells the reporters of a panic in the work. */
  tell(bug: Error, operation: string): Promise<void>;
}

/** Ends writes how attempts have ended. */
export class Ends {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** write writes how an attempt has ended; it rejects if that cannot be. */
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
          // It begins with its failed steps anew.
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
    // The runner has written the line; telling the reporters is left to us, who stay awake for it.
    if (panic) await tell(Object.assign(new Error(panic.message), { name: panic.name }), id);
  }
}
