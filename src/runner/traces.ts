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
 * Traces reads the configuration of spans; it returns undefined if none are to be exported.
 *
 * @param values the values of the configuration, by name
 */
export type Traces = (
  values: Readonly<Record<string, unknown>>,
) => Result<Tracing | undefined, readonly FieldError[]>;

/** Tracing exports the spans of operations to a collector. */
export interface Tracing {
  /** spans returns what exports the spans of one object. */
  spans(around: SpanSurroundings): Spans;
  /** calls returns what records the outgoing requests of an attempt, if the attempt has a span. */
  calls(task: Task): Calls | undefined;
}

/** Calls are the outgoing requests of an attempt. */
export interface Calls {
  readonly begin: BeginCall;
  /** The spans of the requests that have ended. */
  readonly ended: readonly Span[];
}

/** SpanSurroundings are what Spans need of the object. */
export interface SpanSurroundings {
  /** name returns the object's name, if it knows it. */
  name(): string | undefined;
  /** sync resolves when the commits in progress are on disk. */
  sync(): Promise<void>;
  /** keepAwake keeps the object alive until the promise settles. */
  keepAwake(promise: Promise<unknown>): void;
  /** counted receives how many spans a collector has accepted, or how many were dropped. */
  counted(outcome: "exported" | "dropped", spans: number): void;
  /** dropped logs that spans were lost. */
  dropped(spans: number, reason: string): void;
  /** sql is the object's database. */
  readonly sql: Pick<SqlStorage, "exec">;
  /** saved resolves once a change, and everything counted so far, is on disk. */
  saved(change: () => void): Promise<unknown>;
  /** failed receives why something could not be read or written. */
  failed(thrown: unknown): void;
}

/** Spans are the spans of one object's operations. Its methods do not throw. */
export interface Spans {
  /** The name in the log of errors in it. */
  readonly event: string;
  /** begun returns an operation that is being created with a new trace, unless it came with one. */
  begun(op: Operation): Operation;
  /** traceOf returns the trace that the current attempt of an operation continues. */
  traceOf(op: Operation): Trace | undefined;
  changed(before: Operation | undefined, after: Snapshot): (() => void) | undefined;
  /** stepped adds the span of a step of the current attempt that has ended. */
  stepped(op: Operation, step: StepRecord): void;
  /** trying begins the span of an attempt to deliver a webhook. */
  trying(delivery: Delivery, now: number): Trying | undefined;
  /** add adds spans that have ended. */
  add(spans: readonly Span[]): void;
}

/** Trying is an attempt to deliver a webhook that is in progress. */
export interface Trying {
  /** The trace to send to the webhook. */
  readonly trace: Trace;
  ended(answer: Answer): void;
}
