import type { AskedFor } from "../../core/fingerprint.ts";
import type { Json } from "../../core/json/json.ts";
import type { Given } from "../../core/operation/operation.ts";
import type { CreateCommand } from "../../core/reply.ts";
import type { RetryPolicy } from "../../core/retry.ts";

/**
 * NewOperation is what a create asks for. What it leaves open, its kind decides, and then the
 * configuration. Durations are milliseconds.
 */
export interface NewOperation
  extends Given,
    Pick<CreateCommand, "kind" | "startAfter" | "startsAt"> {
  /** The input as it came, not yet held against the kind's schema. */
  readonly input: unknown;
  /** The same with exact numbers (see Json), if it has any that a double changes. */
  readonly exactInput?: unknown;
  readonly ttl?: number;
  readonly deadline?: number;
  readonly retry?: RetryPolicy;
  /** The URL of the webhook as it came, not yet held against what is allowed. */
  readonly webhook?: string;
  /** The dialect in whose form the webhook is told. */
  readonly webhookFormat?: string;
}

/** Once is what makes a create safe to repeat: its key, and what tells its request from others. */
export interface Once {
  readonly key: string;
  /**
   * What the client sent, before the configuration filled it up: a request repeated with its key is
   * the same request, also after a deploy that changed a default.
   */
  readonly asked: AskedFor;
}

/** Entry is one of several creates. */
export interface Entry {
  readonly operation: NewOperation;
  readonly once?: Once;
}

/** Rerun asks for the request of a finished operation to be made again. */
export interface Rerun {
  readonly id: string;
  /** Another input than the operation had. */
  readonly input?: Json;
  /** Whether it goes on after the last step that the operation has stored; there is no other input then. */
  readonly keepSteps?: boolean;
}

/** Waiting says how long whoever asks waits. */
export interface Waiting {
  readonly milliseconds: number;
  /** Aborts when whoever waits goes away. */
  readonly signal: AbortSignal;
}
