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

/** OperationContext is what work knows about its operation, and how it reports on it. */
export interface OperationContext {
  readonly id: string;
  /** Counts from 1; each retry has the next number. */
  readonly attempt: number;
  /**
   * A key by which other services can recognize repetitions of this operation: the idempotency key of its
   * create, or else its id. If the deployment has several tenants, the key is prefixed with part of the id of the
   * tenant's object, because tenants choose their keys independently. A rerun that keeps steps has the key of the original.
   */
  readonly idempotencyKey: string;
  /**
   * The tenant that the operation belongs to.
   *
   * @throws Error if the runtime does not provide it: before March 2026, workerd does not tell an object its
   *   name when an alarm wakes it
   */
  readonly tenant: string;
  /**
   * The tenant's operations: what `operations.tenant(env, tenant)` returns, but not typed by the kinds, because
   * the work is part of one. Work that waits for another operation still counts against `maxConcurrent`.
   *
   * @throws Error as `tenant` does
   */
  readonly operations: TenantOperations;
  /**
   * The headers that continue the trace of its create, `traceparent` and `tracestate`; empty if it had none:
   * `fetch(url, { headers: { ...op.trace } })`. Requests through `operations` include them.
   */
  readonly trace: TraceHeaders;
  /** beginCall begins the span of a request to an upstream, if the attempt has a span itself. Used by the kind `http`. */
  readonly beginCall?: BeginCall | undefined;
  /**
   * upload opens the body of the request that created the operation, if it is stored in the bucket: for the kind
   * `http`.
   */
  readonly upload?: (() => Promise<ReadableStream<Uint8Array>>) | undefined;
  /** The bindings of the Worker. */
  readonly env: Cloudflare.Env;
  readonly config: Config;
  /**
   * A logger whose lines have the operation's id and attempt. Lines at `info`, `warning`, `error` and `fatal`
   * are also stored with the attempt, for everyone who can read the operation: the last 200, up to 64 KiB. They
   * are sent once a second and at the end. Lines of `V` and of `log.untapped` go only to the log.
   */
  readonly log: Logger;
  /**
   * Aborts when a client asks to cancel, when the deadline passes, and when the attempt is no longer the current
   * one. It costs nothing unless it is read.
   */
  readonly signal: AbortSignal;
  /**
   * progress reports how far the work is: a percentage from 0 to 100, and a message for people. It resolves when
   * the report is stored. Reports made while another is being stored are merged into one (each stored report is
   * a row written); a report that changes nothing is not sent.
   */
  progress(percent: number | undefined, message?: string): Promise<void>;
  /**
   * write appends to the output of the operation, which clients can read while the work runs: a string as UTF-8,
   * or bytes unchanged. The first chunk after a pause is stored at once, then every 250 ms or 16 KiB, in order.
   * It resolves when there is room for more, so work that awaits it writes no faster than the storage. Work that
   * does not await it loses nothing either: everything is stored before the attempt ends. A later attempt writes
   * the output again from the last stored step on.
   *
   * @throws OperationFailure `output_too_large` past 10 MiB, which fails the operation even if it is not awaited;
   *   `output_not_stored` if it cannot be stored
   */
  write(chunk: string | Uint8Array): Promise<void>;
  /** Whether an earlier attempt may have begun the work; false if all earlier attempts were postponed. */
  readonly isRepeated: boolean;
  /**
   * Present if the previous attempt was lost while it ran (a deployment, a crash), for code that must check what
   * was done before it does anything again.
   */
  readonly interrupted: Interrupted | undefined;
  /**
   * ask, with a name, asks a question: the attempt parks until it is answered, and later attempts return the
   * stored answer. If an answer does not fit the schema, the question is asked again. Questions are shown one at
   * a time, in the order in which they were asked.
   */
  ask<S extends Schema>(name: string, schema: S, prompt?: string): Promise<OutputType<S>>;
  /**
   * ask, without a name, sets the operation to `input_required` and resolves with the answer, as the schema
   * parses it. If an answer does not fit the schema, the question is asked again. It survives a restart of the
   * object: the work is then started again, and its questions return their earlier answers, in order. So
   * whatever comes before a question must tolerate being run twice. It rejects when the signal aborts, and fails
   * the operation after 32 questions.
   */
  ask<S extends Schema>(schema: S, prompt?: string): Promise<OutputType<S>>;
  /**
   * step resolves with what `run` returned, after a round trip through JSON, of at most 1 MiB. The value is stored
   * before step resolves; later attempts return the stored value without calling `run`. A step that has failed
   * for good is stored as failed, and rejects the same way until the operation's `retry` starts another attempt.
   * `run` is called again only if its end was not stored, so it must tolerate being run twice: other services can
   * recognize repetitions by its `idempotencyKey`. Steps may run in parallel.
   *
   * Step names are unique within an operation; in a loop, name each step after its subject (`import:42`). A name
   * used twice fails the operation with `duplicate_step`, and code that no longer follows the stored steps fails
   * it with `steps_diverged`. So do more than 1,000 steps, or more than 10 MiB of them.
   *
   * @throws OperationFailure, or an Error with the same name and message, if `run` threw one
   */
  step<T>(
    name: string,
    run: (step: StepRun) => T | Promise<T>,
    options?: StepOptions<NoInfer<T>>,
  ): Promise<T>;
  /**
   * sleep resolves after a duration (`24h`, or milliseconds) or at a time. The attempt *parks* when no step is
   * running and everything that it waits for is more than five seconds away: it ends, and whatever the code
   * awaits outside steps is abandoned. The next attempt passes through the stored steps to the same point. While
   * the operation is parked its deadline is suspended, and it does not count against `maxConcurrent`.
   *
   * @throws TypeError for an invalid duration
   */
  sleep(name: string, duration: string | number | Date): Promise<void>;
  /**
   * writeDocument changes a document of the object that holds the operation and completes the operation, in one
   * commit: the change is made once, however often the work is started. If the change cannot be made, it resolves
   * with the reason, nothing is written, and the operation has not ended.
   */
  writeDocument(write: DocumentWrite): Promise<Failure | undefined>;
}

/**
 * KindDefinition is the argument of makeAsync. `run` receives the input as the schema parses it. It returns JSON, or
 * a Response or a ReadableStream of bytes for another media type. To fail with a code that clients see, it throws an
 * OperationFailure. Any other exception is a bug: it is logged with its stack, and clients see `internal`. Work is
 * started at least once, and may be started again: see `interruptions` and `atMostOnce`.
 */
export interface KindDefinition<I extends Schema> {
  /** One sentence, shown by `GET /kinds`. */
  readonly description: string;
  /** Any Standard Schema. */
  readonly input: I;
  /** The JSON Schema of `input`, if its library cannot produce it. */
  readonly inputSchema?: object;
  /** The JSON Schema of the result, if there is no `output` or its library cannot produce it. */
  readonly outputSchema?: object;
  /** check validates an input against the configuration, and returns what is wrong with it. */
  check?(input: OutputType<I>, config: Config): FieldError | undefined;
  /** upstream describes the upstream request of an input. The state of an operation shows it. */
  upstream?(input: OutputType<I>): UpstreamRequest;
  /** How long a finished operation is kept, such as `24h`, if the create has no `ttl`. At most MAX_TTL. */
  readonly ttl?: string;
  /** How long an operation may take, such as `5m`, if the create has no `deadline`. At most MAX_DEADLINE. */
  readonly deadline?: string;
  /** How long its named sleeps and questions may take in total, such as `720h`. Default: a week. */
  readonly waitDeadline?: string;
  /** How long undoing its steps may take in total, such as `10m`. Default: 5m. See `op.step`. */
  readonly compensateWithin?: string;
  /** The retry policy, if the create has none. Default: one attempt. */
  readonly retry?: KindRetry;
  /**
   * How attempts that were lost with their process (a deployment, a crash, an eviction) are retried. These
   * retries do not count against `retry`. Default: up to 10 in a row, the first after a second.
   */
  readonly interruptions?: KindInterruptions;
  /**
   * Whether the work must not be started again if it is unknown what an earlier attempt did. A lost attempt then
   * ends the operation as `interrupted`. Evaluated when the operation is created.
   */
  readonly atMostOnce?: boolean | ((input: OutputType<I>, config: Config) => boolean);
  /** How many attempts may run at once in one object; further operations stay pending, by priority and age. */
  readonly maxConcurrent?: number;
  /** The priority among operations of this kind, from 0 (first) to 9, if the create has none. Default: 5. */
  readonly priority?: number;
  /**
   * Whether the work is short and waits for nothing but this service. Its first attempt then runs in the object,
   * which serves no requests while the work computes, and the operation is created and finished in one commit.
   * Other attempts that start together run in one invocation: they share its CPU time, memory, subrequests and
   * connections (limits that are not enforced locally), and all end with the slowest. An attempt may run
   * twice if their results together exceed the size of a message.
   */
  readonly inline?: boolean;
  /** How many progress reports an operation makes, if it is more than a few: each is a row written. */
  reports?(input: OutputType<I>): number;
}

/** Kind is a kind of operation. Only `~types` has its types, for `typeof kinds`. */
export interface Kind<Input = unknown, Output = unknown> {
  /** Never set: it exists only for its type. */
  readonly "~types"?: { readonly input: Input; readonly output: Output } | undefined;
  readonly description: string;
  readonly input: Schema;
  /** The JSON Schemas of the input and of the result; `{}` accepts anything. */
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
  /** Parses UPSTREAMS, for work that sends requests to upstreams. */
  readonly parseUpstreams?: ParseUpstreams | undefined;
  readonly upstream: ((input: unknown) => UpstreamRequest) | undefined;
  reports(input: unknown): number;
  /** How lost attempts for an input are retried, if that differs from the default. */
  interruptions(input: unknown, config: Config): Partial<Interruptions>;
  run(input: unknown, op: OperationContext): Promise<unknown>;
}

/**
 * makeAsync turns a function into a kind: work that clients start, watch and fetch the result of. It is the
 * original's MakeAsync, with a schema for the input. If there is a schema for the result as well, a result that
 * does not fit it fails the operation with `internal`.
 *
 * @throws TypeError for an invalid duration or number in the definition
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
    // Computed when it is needed: most Workers start for other requests.
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
      // The work starts in the same turn if its schema is synchronous.
      const parsed = checked instanceof Promise ? await checked : checked;
      // It was valid when it was accepted; a later deployment may have another schema.
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

/** OperationFailure is thrown by work to fail with an error that clients see. */
export class OperationFailure extends Error {
  override readonly name = "OperationFailure";
  readonly code: string;
  /** Any JSON. */
  readonly details: unknown;
  /** Whether another attempt could succeed; the operation's retry policy decides when. Default: true. */
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
