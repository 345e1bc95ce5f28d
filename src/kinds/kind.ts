import type * as z from "zod/mini";
import type { Logger } from "../base/log.ts";
import type { Config } from "../core/config.ts";
import type { DocumentWrite } from "../core/document.ts";
import type { Failure, FieldError } from "../core/errors.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { UpstreamRequest } from "../core/upstream-request.ts";

/** OperationContext is what work may know of its operation, and how it speaks of itself. */
export interface OperationContext {
  readonly id: string;
  /** Counts from 1; work that is started again sees the next number. */
  readonly attempt: number;
  /**
   * What tells repetitions of this operation to others: the idempotency key of its create, else its
   * id. Keys are each tenant's own, so where there are several, the name of the map stands before it.
   */
  readonly idempotencyKey: string;
  /** The bindings of the Worker. */
  readonly env: Cloudflare.Env;
  readonly config: Config;
  /** Lines on it carry the operation's id and attempt. */
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
   * ask sets the operation to `input_required` and resolves with what somebody answers, as the
   * schema gives it; an answer that the schema refuses is asked for again. It survives a restart of
   * the object: work is then started again, and its questions, in their order, are answered with
   * what was answered before, so what comes before a question must bear to be done twice. It
   * rejects when the signal aborts, and fails the operation after 32 questions.
   */
  ask<S extends z.ZodMiniType>(schema: S, prompt?: string): Promise<z.output<S>>;
  /**
   * writeDocument changes a document of the object that holds the operation, and ends the operation
   * as succeeded with it, in one commit: so however often the work is started, the change is made
   * once. Work has nothing left to do then. It resolves with why the change cannot be made, where
   * it cannot: nothing is written, and the operation has not ended.
   */
  writeDocument(write: DocumentWrite): Promise<Failure | undefined>;
}

/**
 * KindDefinition is what makeAsync takes. `run` gets the input as the schema gives it. It returns
 * anything that is JSON, or a Response where the result is of another media type. To fail with a
 * code that clients see, it throws an OperationFailure; any other throw is a bug: it is logged with
 * its stack, and clients see `internal`. Work is started at least once and may be started again.
 */
export interface KindDefinition<S extends z.ZodMiniType> {
  /** One sentence, for `GET /kinds`. */
  readonly description: string;
  readonly input: S;
  /** check says what is wrong with an input in ways that only the configuration shows. */
  check?(input: z.output<S>, config: Config): FieldError | undefined;
  /** upstream is what an input asks of an upstream, to tell operations apart by; their monitors show it. */
  upstream?(input: z.output<S>): UpstreamRequest;
  /** Used where a request brings no `retry` of its own; without it, one attempt. */
  readonly retry?: RetryPolicy;
  /** The most attempts at once in one object; further ones wait, pending, in creation order. */
  readonly maxConcurrent?: number;
  /** How often a call reports progress where that is more than a few times: each is a row. */
  reports?(input: z.output<S>): number;
  run(input: z.output<S>, op: OperationContext): unknown;
}

/** Kind is something that can be done, its input's type forgotten. */
export interface Kind {
  readonly description: string;
  readonly input: z.ZodMiniType;
  readonly retry: RetryPolicy | undefined;
  readonly maxConcurrent: number | undefined;
  check(input: unknown, config: Config): FieldError | undefined;
  readonly upstream: ((input: unknown) => UpstreamRequest) | undefined;
  reports(input: unknown): number;
  run(input: unknown, op: OperationContext): Promise<unknown>;
}

/**
 * makeAsync turns a function into a kind: a slow call that clients start, watch and fetch the
 * result of. It is the original's MakeAsync, with a schema for what goes in.
 */
export function makeAsync<S extends z.ZodMiniType>(definition: KindDefinition<S>): Kind {
  const { upstream } = definition;
  return {
    description: definition.description,
    input: definition.input,
    retry: definition.retry,
    maxConcurrent: definition.maxConcurrent,
    check: (input, config) => definition.check?.(input as z.output<S>, config),
    upstream: upstream && ((input) => upstream(input as z.output<S>)),
    reports: (input) => definition.reports?.(input as z.output<S>) ?? 0,
    run: async (input, op) => {
      const parsed = definition.input.safeParse(input);
      // It was good when it was accepted; a later deploy has another schema.
      if (!parsed.success) throw new OperationFailure("invalid_input", "The input is refused now");
      return definition.run(parsed.data, op);
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
