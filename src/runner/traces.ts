import type { Result } from "../base/result.ts";
import type { Answer, Delivery } from "../core/delivery.ts";
import type { FieldError } from "../core/errors.ts";
import type { Operation } from "../core/operation/operation.ts";
import type { StepRecord } from "../core/operation/step.ts";
import type { Snapshot } from "../core/reply.ts";
import type { Span } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";
import type { BeginCall } from "../kinds/calls.ts";
import type { Task } from "./attempt.ts";

/**
 * Traces reads what the configuration says of spans: nothing where they are not to be told.
 *
 * @param values of the configuration, by name
 */
export type Traces = (
  values: Readonly<Record<string, unknown>>,
) => Result<Tracing | undefined, readonly FieldError[]>;

/** Tracing tells spans of operations to a collector. */
export interface Tracing {
  /** spans tells those of one object. */
  spans(around: SpanSurroundings): Spans;
  /** calls notes those of an attempt's requests to others, if the attempt has a span. */
  calls(task: Task): Calls | undefined;
}

/** Calls are the requests to others that an attempt makes. */
export interface Calls {
  readonly begin: BeginCall;
  /** The spans of those that have ended. */
  readonly ended: readonly Span[];
}

/** SpanSurroundings are what Spans need of the object. */
export interface SpanSurroundings {
  /** name returns the object's own, if it knows it. */
  name(): string | undefined;
  /** sync resolves when the commits under way are on disk. */
  sync(): Promise<void>;
  /** keepAwake holds the object until the promise settles. */
  keepAwake(promise: Promise<unknown>): void;
  /** counted is told how many spans a collector has taken, or were dropped. */
  counted(outcome: "exported" | "dropped", spans: number): void;
  /** dropped writes a line, of spans that nobody gets to see. */
  dropped(spans: number, reason: string): void;
  /** sql is what the object has stored. */
  readonly sql: Pick<SqlStorage, "exec">;
  /** saved has a change and what has been counted on disk, once it resolves. */
  saved(change: () => void): Promise<unknown>;
  /** failed is told why something of it could not be read or written. */
  failed(thrown: unknown): void;
}

/** Spans are those of one object's operations. Nothing of them throws. */
export interface Spans {
  /** What stands in the log where it breaks. */
  readonly event: string;
  /** begun returns an operation that is being made, with the trace that begins with it if none came with it. */
  begun(op: Operation): Operation;
  /** traceOf returns the trace as an operation's present attempt goes on with it. */
  traceOf(op: Operation): Trace | undefined;
  changed(before: Operation | undefined, after: Snapshot): (() => void) | undefined;
  /** stepped tells a step of the present attempt that is over. */
  stepped(op: Operation, step: StepRecord): void;
  /** trying begins to tell a try to reach a webhook. */
  trying(delivery: Delivery, now: number): Trying | undefined;
  /** add tells spans that are over. */
  add(spans: readonly Span[]): void;
}

/** Trying is a try that is being made. */
export interface Trying {
  /** The trace as it goes on to the webhook. */
  readonly trace: Trace;
  ended(answer: Answer): void;
}
