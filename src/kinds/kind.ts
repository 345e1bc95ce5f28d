import type { Logger } from "../base/log.ts";
import type { TenantOperations } from "../client/tenant-operations.ts";
import type { Config } from "../config/config.ts";
import type { ParseUpstreams } from "../config/upstreams.ts";
import type { DocumentWrite } from "../core/document.ts";
import type { Failure, FieldError } from "../core/errors.ts";
import { lastPriority } from "../core/limits.ts";
import type { Interruptions } from "../core/operation/interruptions.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { TraceHeaders } from "../core/trace.ts";
import type { UpstreamRequest } from "../core/upstream-request.ts";
import {
  durationOf,
  interruptionsOf,
  isWhole,
  type KindInterruptions,
  type KindRetry,
  policyOf,
} from "./attempts.ts";
import type { BeginCall } from "./calls.ts";
import { check, type InputType, jsonSchemaOf, type OutputType, type Schema } from "./schema.ts";
import type { Interrupted, StepOptions, StepRun } from "./steps.ts";

/** OperationContext is what work may know of its operation, and how it speaks of itself. */
export interface OperationContext {
  readonly id: string;
  /** Counts from 1; work that is started again sees the next number. */
  readonly attempt: number;
  /**
   * What tells repetitions of this operation to others: the idempotency key of its create, else its
   * id. Keys are each tenant's own, so if there are several, the name of the map stands before it. A
   * rerun that keeps steps has that of the operation that it goes on with.
   */
  readonly idempotencyKey: string;
  /**
   * Whose operation it is.
   *
   * @throws Error if the runtime does not say: an object that an alarm of a workerd from before
   *   March 2026 has woken does not know its name
   */
  readonly tenant: string;
  /**
   * The tenant's operations: what `operations.tenant(env, tenant)` returns, but not typed by the
   * kinds, of which the work is one. Work that waits for another operation keeps its own place.
   *
   * @throws Error as `tenant` does
   */
  readonly operations: TenantOperations;
  /**
   * The headers by which the trace of its create goes on, `traceparent` and `tracestate`; none where it
   * came with none: `fetch(url, { headers: { ...op.trace } })`. What the work asks of `operations` has them.
   */
  readonly trace: TraceHeaders;
  /** beginCall begins the span of a request to an upstream, where the attempt has one itself: for the kind `http`. */
  readonly beginCall?: BeginCall | undefined;
  /** upload opens the body of the request that made the operation, where that is in the bucket: for the kind `http`. */
  readonly upload?: (() => Promise<ReadableStream<Uint8Array>>) | undefined;
  /** The bindings of the Worker. */
  readonly env: Cloudflare.Env;
  readonly config: Config;
  /**
   * Lines on it carry the operation's id and attempt. Those of `info`, `warning`, `error` and `fatal`
   * are also kept with the attempt, for every reader of the operation: its last 200, in 64 KiB. They
   * are sent once a second, and at the end; lines of `V`, and of `log.untapped`, stand in the log alone.
   */
  readonly log: Logger;
  /**
   * Aborts when a client asks to cancel, when the deadline passes, and when the attempt is no
   * longer the operation's own. Work that never reads it costs nothing.
   */
  readonly signal: AbortSignal;
  /**
   * progress says how far the work is: a percentage from 0 to 100, and a message for people. It
   * resolves when the report is stored. Reports made while one is under way are merged into one
   * (each stored report is a row written); a report that says nothing new is not sent.
   */
  progress(percent: number | undefined, message?: string): Promise<void>;
  /**
   * write adds to the output of the operation, which others read while the work runs: a string as
   * UTF-8, or bytes as they are. What comes first after a pause is stored at once, then every 250 ms or
   * 16 KiB, in order. It resolves when there is room for more, so work that awaits it writes no faster
   * than can be stored; work that does not await it loses nothing either: all is stored before the
   * attempt ends. Another attempt begins the output anew, behind the last step that is stored.
   *
   * @throws OperationFailure `output_too_large` past 10 MiB, which fails the operation also if it is
   *   not awaited; `output_not_stored` if it cannot be stored
   */
  write(chunk: string | Uint8Array): Promise<void>;
  /** Whether an attempt before this one may have begun the work: not if all of them were postponed. */
  readonly isRepeated: boolean;
  /**
   * interrupted is there if the attempt before was lost in the middle (a deploy, a crash): evidence for
   * code that must look before it does something twice.
   */
  readonly interrupted: Interrupted | undefined;
  /**
   * ask, with a name, asks the question of that name: the attempt parks until somebody answers, and in later
   * attempts the stored answer comes back. An answer that the schema refuses is asked for again.
   * Questions are shown one after the other, in the order in which they were asked.
   */
  ask<S extends Schema>(name: string, schema: S, prompt?: string): Promise<OutputType<S>>;
  /**
   * ask, without a name, sets the operation to `input_required` and resolves with what somebody answers, as the
   * schema gives it; an answer that the schema refuses is asked for again. It survives a restart of
   * the object: work is then started again, and its questions, in their order, are answered with
   * what was answered before, so what comes before a question must bear to be done twice. It
   * rejects when the signal aborts, and fails the operation after 32 questions.
   */
  ask<S extends Schema>(schema: S, prompt?: string): Promise<OutputType<S>>;
  /**
   * step resolves with what `run` returned, as JSON gives it back, and at most 1 MiB of that. It is stored
   * before it resolves; in a later attempt the stored value comes back and `run` is not called. A
   * step that has failed for good is stored as failed, and rejects alike until the operation's `retry`
   * makes another attempt. `run` is called again only where its end was not stored, so what it does must
   * bear to be done twice: services tell repetitions by its `idempotencyKey`. Steps may run side by side.
   *
   * A name is used once in an operation: a loop names its steps by what they are about (`import:42`).
   * A name used twice fails the operation with `duplicate_step`, code that no longer goes the way that
   * is stored with `steps_diverged`; more than 1,000 steps or 10 MiB of them fail it too.
   *
   * @throws OperationFailure, or an Error of the same name and message, as `run` threw it
   */
  step<T>(
    name: string,
    run: (step: StepRun) => T | Promise<T>,
    options?: StepOptions<NoInfer<T>>,
  ): Promise<T>;
  /**
   * sleep resolves after a duration (`24h`, or milliseconds) or at a time. The attempt *parks* once no
   * step runs and all that is waited for is more than five seconds away: it ends, and what the code
   * awaits outside of steps is abandoned. The next attempt goes over the stored steps to where this
   * one stood. While it is parked the operation's deadline stands still, and it holds no place.
   *
   * @throws TypeError for what is no duration
   */
  sleep(name: string, duration: string | number | Date): Promise<void>;
  /**
   * writeDocument changes a document of the object that holds the operation, and ends the operation
   * as succeeded with it, in one commit: so however often the work is started, the change is made
   * once. Work has nothing left to do then. It resolves with why the change cannot be made, if
   * it cannot: nothing is written, and the operation has not ended.
   */
  writeDocument(write: DocumentWrite): Promise<Failure | undefined>;
}

/**
 * KindDefinition is what makeAsync takes. `run` gets the input as the schema gives it. It returns
 * anything that is JSON, or a Response if the result is of another media type. To fail with a
 * code that clients see, it throws an OperationFailure; any other throw is a bug: it is logged with
 * its stack, and clients see `internal`. Work is started at least once and may be started again: see
 * `interruptions` and `atMostOnce`.
 */
export interface KindDefinition<I extends Schema> {
  /** One sentence, for `GET /kinds`. */
  readonly description: string;
  /** Any Standard Schema. */
  readonly input: I;
  /** JSON Schema of `input`, for a library that cannot write it. */
  readonly inputSchema?: object;
  /** JSON Schema of the result, for a library that cannot write it, or without `output`. */
  readonly outputSchema?: object;
  /** check says what is wrong with an input in ways that only the configuration shows. */
  check?(input: OutputType<I>, config: Config): FieldError | undefined;
  /** upstream is what an input asks of an upstream, to tell operations apart by; their monitors show it. */
  upstream?(input: OutputType<I>): UpstreamRequest;
  /** How long a finished operation is kept if a create brings no `ttl`: `24h`. At most MAX_TTL. */
  readonly ttl?: string;
  /** How long an operation may take if a create brings no `deadline`: `5m`. At most MAX_DEADLINE. */
  readonly deadline?: string;
  /** How long its sleeps and questions with a name may take together: `720h`; a week without it. */
  readonly waitDeadline?: string;
  /** How long its steps may take to be undone, all together: `10m`. 5m without it. See `op.step`. */
  readonly compensateWithin?: string;
  /** Used if a create brings no `retry` of its own; without it, one attempt. */
  readonly retry?: KindRetry;
  /**
   * How attempts that were lost with what ran them (a deploy, a crash, an eviction) are made again.
   * They do not count against `retry`. Without it, up to 10 in a row, the first after a second.
   */
  readonly interruptions?: KindInterruptions;
  /**
   * Whether the work must not be begun again where nobody knows what became of it: a lost attempt then
   * ends the operation as `interrupted`. Decided when it is made.
   */
  readonly atMostOnce?: boolean | ((input: OutputType<I>, config: Config) => boolean);
  /** The most attempts at once in one object; further ones wait, pending, in creation order. */
  readonly maxConcurrent?: number;
  /** From 0, first, to 9, if a create brings none: which of this kind starts first. 5 by default. */
  readonly priority?: number;
  /**
   * Whether the work is short and waits for nothing but this service. Its first attempt then runs in
   * the object, which answers nobody while the work computes, and the operation is made and finished
   * in one commit. Other attempts that start together run in one invocation: they share its CPU time,
   * memory, subrequests and connections, which nothing enforces locally, and end with the slowest of
   * them. An attempt may be made twice in one, if the results together are larger than a message.
   */
  readonly inline?: boolean;
  /** How often a call reports progress where that is more than a few times: each is a row. */
  reports?(input: OutputType<I>): number;
}

/** Kind is something that can be done. Of its types, only `~types` knows, for `typeof kinds`. */
export interface Kind<Input = unknown, Output = unknown> {
  /** Never there: it carries types alone. */
  readonly "~types"?: { readonly input: Input; readonly output: Output } | undefined;
  readonly description: string;
  readonly input: Schema;
  /** JSON Schema of what a create brings, and of what the work gives; `{}` says nothing of it. */
  readonly schemas: { readonly input: object; readonly output: object };
  /** In milliseconds. */
  readonly ttl: number | undefined;
  /** In milliseconds. */
  readonly deadline: number | undefined;
  /** In milliseconds. */
  readonly waitDeadline: number | undefined;
  /** In milliseconds. */
  readonly compensateWithin: number | undefined;
  readonly retry: RetryPolicy | undefined;
  readonly maxConcurrent: number | undefined;
  readonly priority: number | undefined;
  /** Whether its first attempt runs in the object, and others that start together in one invocation. */
  readonly inline: boolean;
  check(input: unknown, config: Config): FieldError | undefined;
  /** How UPSTREAMS is read, for work that asks upstreams. */
  readonly parseUpstreams?: ParseUpstreams | undefined;
  readonly upstream: ((input: unknown) => UpstreamRequest) | undefined;
  reports(input: unknown): number;
  /** How lost attempts at an input are made again, as far as it is not as by default. */
  interruptions(input: unknown, config: Config): Partial<Interruptions>;
  run(input: unknown, op: OperationContext): Promise<unknown>;
}

/**
 * makeAsync turns a function into a kind: a slow call that clients start, watch and fetch the
 * result of. It is the original's MakeAsync, with a schema for what goes in. Where there is one for
 * what comes out, a result that does not fit it fails the operation as a bug does.
 *
 * @throws TypeError for a duration or a number in the definition that can be none
 */
export function makeAsync<const I extends Schema, const O extends Schema>(
  definition: KindDefinition<I> & {
    readonly output: O;
    run(
      input: NoInfer<OutputType<I>>,
      op: OperationContext,
    ): NoInfer<InputType<O>> | Promise<NoInfer<InputType<O>>>;
  },
): Kind<InputType<I>, OutputType<O>>;
export function makeAsync<const I extends Schema, R>(
  definition: KindDefinition<I> & {
    readonly output?: undefined;
    run(input: NoInfer<OutputType<I>>, op: OperationContext): R;
  },
): Kind<InputType<I>, Awaited<R>>;
export function makeAsync(
  definition: KindDefinition<Schema> & {
    readonly output?: Schema | undefined;
    run(input: unknown, op: OperationContext): unknown;
  },
): Kind {
  const { description, input, output, upstream, maxConcurrent, inline = false } = definition;
  const { atMostOnce = false, priority } = definition;
  if (priority !== undefined && !isWhole(priority, 0, lastPriority)) {
    throw new TypeError(`Invalid priority ${priority} of a kind: must be 0 to ${lastPriority}`);
  }
  if (maxConcurrent !== undefined && !isWhole(maxConcurrent, 1, 1_000_000)) {
    throw new TypeError(`Invalid maxConcurrent ${maxConcurrent} of a kind`);
  }
  const interruptions = interruptionsOf(definition.interruptions, atMostOnce);
  return {
    description,
    input,
    // Written when somebody asks: most Workers start for something else.
    get schemas() {
      return {
        input: definition.inputSchema ?? jsonSchemaOf(input, "input") ?? {},
        output: definition.outputSchema ?? (output && jsonSchemaOf(output, "output")) ?? {},
      };
    },
    ttl: durationOf("ttl", definition.ttl),
    deadline: durationOf("deadline", definition.deadline),
    waitDeadline: durationOf("waitDeadline", definition.waitDeadline),
    compensateWithin: durationOf("compensateWithin", definition.compensateWithin),
    retry: definition.retry && policyOf(definition.retry),
    maxConcurrent,
    priority,
    inline,
    check: (value, config) => definition.check?.(value, config),
    upstream: upstream && ((value) => upstream(value)),
    reports: (value) => definition.reports?.(value) ?? 0,
    interruptions: (value, config) => {
      const isOnce = typeof atMostOnce === "function" ? atMostOnce(value, config) : atMostOnce;
      return isOnce ? { limit: 0 } : interruptions;
    },
    run: async (value, op) => {
      const checked = check(input, value);
      // Work begins in the turn that asks for it, as far as its schema can.
      const parsed = checked instanceof Promise ? await checked : checked;
      // It was good when it was accepted; a later deploy has another schema.
      if (parsed.issues)
        throw new OperationFailure("invalid_input", "The kind no longer accepts the input");
      const result = await definition.run(parsed.value, op);
      if (!output) return result;
      const given = await check(output, result);
      if (!given.issues) return given.value;
      throw new TypeError(`The result does not fit its schema: ${given.issues[0]?.message}`);
    },
  };
}

/** OperationFailure is thrown by work that fails in a way its clients should know of. */
export class OperationFailure extends Error {
  override readonly name = "OperationFailure";
  readonly code: string;
  /** Anything that is JSON. */
  readonly details: unknown;
  /** Whether another attempt could do better; the operation's retry policy decides when. */
  readonly retryable: boolean;

  constructor(
    code: string,
    message: string,
    more: { details?: unknown; retryable?: boolean } = {},
  ) {
    super(message);
    this.code = code;
    this.details = more.details;
    this.retryable = more.retryable ?? true;
  }
}
