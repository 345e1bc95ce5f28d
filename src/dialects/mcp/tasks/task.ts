import type { Operation } from "../../../core/operation/operation.ts";
import { encodeTime, retryAfter } from "../../native/monitor.ts";
import type { Era } from "../era.ts";

/** statuses are the protocol's names for ours. */
const statuses = {
  pending: "working",
  running: "working",
  input_required: "input_required",
  succeeded: "completed",
  failed: "failed",
  canceled: "cancelled",
} as const;

/** slowest is how often polling clients are asked to poll at least, in seconds. */
const slowest = 5;

/**
 * taskOf returns an operation as a task. In 2026 `failed` is only for errors of the protocol: failed work is
 * `completed`, and its result says so.
 */
export function taskOf(op: Operation, era: Era["name"]): Readonly<Record<string, unknown>> {
  const isModern = era === "modern";
  const status = isModern && op.status === "failed" ? "completed" : statuses[op.status];
  const poll = 1_000 * Math.min(slowest, retryAfter(op, Date.now()) ?? 1);
  // Clients of 2025 show nothing else of a failed task.
  const statusMessage = op.error
    ? `${op.error.code}: ${op.error.message}`
    : (op.inputRequest?.message ?? op.statusMessage);
  return {
    taskId: op.id,
    status,
    createdAt: encodeTime(op.createdAt),
    lastUpdatedAt: encodeTime(op.updatedAt),
    ...(isModern ? { ttlMs: op.ttl, pollIntervalMs: poll } : { ttl: op.ttl, pollInterval: poll }),
    ...(statusMessage !== undefined && { statusMessage }),
  };
}

/** relatedTask returns the `_meta` of messages that belong to a task, up to 2025-11-25. */
export function relatedTask(taskId: string) {
  return { _meta: { "io.modelcontextprotocol/related-task": { taskId } } };
}
