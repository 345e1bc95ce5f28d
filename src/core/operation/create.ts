import type { Webhook } from "../delivery.ts";
import type { RetryPolicy } from "../retry.ts";
import type { Trace } from "../trace.ts";
import type { UpstreamRequest } from "../upstream-request.ts";
import type { Interruptions } from "./interruptions.ts";
import type { Given, Idempotency, KeyBase, Operation, Uploaded } from "./operation.ts";

/** OperationSpec is what a create specifies. */
export interface OperationSpec extends Given {
  readonly id: string;
  readonly kind: string;
  readonly ttl: number;
  /** How long it may take, from its start time. */
  readonly deadline: number;
  /** How long to wait before the first attempt. */
  readonly startAfter?: number;
  /** When it may start, exactly; `startAfter` is an approximation for objects with older code. */
  readonly startsAt?: number;
  readonly retry: RetryPolicy;
  /** How lost attempts are retried, as far as it differs from the default; if absent, they count against `retry`. */
  readonly interruptions?: Partial<Interruptions>;
  readonly idempotency?: Idempotency;
  /** What idempotency keys are derived from, if it continues with the steps of another operation. */
  readonly keys?: KeyBase;
  readonly webhook?: Webhook;
  /** Whether an outside worker does the work; it is then pending until one claims it. */
  readonly external?: true;
  /** Its request to an upstream, if it has one. */
  readonly upstream?: UpstreamRequest;
  /** Where the body of the request is, if it is in a bucket. */
  readonly upload?: Uploaded;
  /** The trace that the create is part of. */
  readonly trace?: Trace;
  /** Whether it waits, pending, for other attempts of its kind to end. */
  readonly queued?: boolean;
}

/**
 * createOperation creates an operation: running its first attempt, unless it starts later, waits for a slot or waits
 * for a worker.
 */
export function createOperation(spec: OperationSpec, now: number): Operation {
  const { startAfter = 0, startsAt = now + startAfter, queued = false, ...rest } = spec;
  const common = { ...rest, version: 1, createdAt: now, updatedAt: now };
  const startAt = Math.max(startsAt, now);
  const deadlineAt = startAt + spec.deadline;
  if (startAt > now) return { ...common, status: "pending", attempt: 0, startAt, deadlineAt };
  return queued || spec.external
    ? { ...common, status: "pending", attempt: 0, deadlineAt }
    : { ...common, status: "running", attempt: 1, startedAt: now, deadlineAt };
}
