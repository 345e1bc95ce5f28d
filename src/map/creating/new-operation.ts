import type { AskedFor } from "../../core/fingerprint.ts";
import type { Json } from "../../core/json/json.ts";
import type { Given } from "../../core/operation/operation.ts";
import type { CreateCommand } from "../../core/reply.ts";
import type { RetryPolicy } from "../../core/retry.ts";

/**
 * NewOperation is what a create asks for. What it leaves open is decided by its kind, and then by the configuration.
 * Durations are milliseconds.
 */
export interface NewOperation
  extends Given,
    Pick<CreateCommand, "kind" | "startAfter" | "startsAt"> {
  /** The input as received, not yet checked against the kind's schema. */
  readonly input: unknown;
  /** The same with exact numbers (see Json), if it has any that a double changes. */
  readonly exactInput?: unknown;
  readonly ttl?: number;
  readonly deadline?: number;
  readonly retry?: RetryPolicy;
  /** The URL of the webhook as received, not yet checked. */
  readonly webhook?: string;
  /** The dialect whose form the webhook has. */
  readonly webhookFormat?: string;
}

/** Once makes a create safe to repeat: its key, and what distinguishes its request from others. */
export interface Once {
  readonly key: string;
  /**
   * What the client sent, before defaults were filled in: repeated with its key it is the same request, also after a
   * deploy that changed a default.
   */
  readonly asked: AskedFor;
}

/** Entry is one of several creates. */
export interface Entry {
  readonly operation: NewOperation;
  readonly once?: Once;
}

/** Rerun asks to repeat the request of a finished operation. */
export interface Rerun {
  readonly id: string;
  /** A different input than the operation had. */
  readonly input?: Json;
  /** Whether it continues after the last stored step of the operation; then there is no other input. */
  readonly keepSteps?: boolean;
}

/** Waiting says how long the caller waits. */
export interface Waiting {
  readonly milliseconds: number;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}
