import type { Operation } from "../../../client/index.ts";
import type { Status } from "../../../core/operation/operation.ts";
import type { Seen } from "./progress-log.ts";

/** Moment is an entry of the life of an operation. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly type:
    | "created"
    | "started"
    | "retried"
    | "progress"
    | "asked"
    | "answered"
    | "cancel-requested"
    | "finished"
    | "deadline"
    | "expires";
  readonly title: string;
  /** What clients said of it. */
  readonly detail: string | undefined;
  /** Of the end: how it ended. */
  readonly status?: Status;
}

/**
 * timelineOf tells the life of an operation, oldest first, what is to come at the end: what the
 * operation itself says, and between it what was seen of its way.
 */
export function timelineOf(operation: Operation, seen: readonly Seen[]): readonly Moment[] {
  const moments: Moment[] = [moment(operation.createdAt, "created", "Created")];
  if (operation.startedAt !== undefined) {
    moments.push(moment(operation.startedAt, "started", "Started"));
  }
  moments.push(...changesOf(seen));
  if (operation.cancelRequestedAt !== undefined) {
    moments.push(moment(operation.cancelRequestedAt, "cancel-requested", "Cancel requested"));
  }
  // Sorting is stable: what happened in one millisecond stays in this order.
  moments.sort((a, b) => a.at - b.at);
  return [...moments, ...endOf(operation)];
}

function changesOf(seen: readonly Seen[]): Moment[] {
  return seen.flatMap((now, index) => {
    const before = seen[index - 1];
    const found: Moment[] = [];
    const add = (type: Moment["type"], title: string, detail?: string) =>
      found.push({ at: now.at, type, title, detail });
    if (now.attempt > Math.max(1, before?.attempt ?? now.attempt)) {
      add("retried", `Attempt ${now.attempt} began`);
    }
    if (before?.status === "input_required" && now.status === "running")
      add("answered", "Answered");
    const isNew =
      now.percentComplete !== before?.percentComplete ||
      now.statusMessage !== before?.statusMessage;
    const says = now.percentComplete !== undefined || now.statusMessage !== undefined;
    if (isNew && says) {
      add(
        "progress",
        now.percentComplete === undefined ? "Progress" : `${now.percentComplete}%`,
        now.statusMessage,
      );
    }
    if (now.status === "input_required" && before?.status !== "input_required") {
      add("asked", "Asked for input", now.question);
    }
    return found;
  });
}

function endOf(operation: Operation): Moment[] {
  if (!("finishedAt" in operation)) {
    return [moment(operation.deadlineAt, "deadline", "Deadline")];
  }
  const error = "error" in operation ? operation.error : undefined;
  const detail =
    error && (error.code === error.message ? error.code : `${error.code}: ${error.message}`);
  const title = endTitles[operation.status];
  return [
    { ...moment(operation.finishedAt, "finished", title, detail), status: operation.status },
    moment(operation.expiresAt, "expires", "Expires"),
  ];
}

const endTitles = { succeeded: "Succeeded", failed: "Failed", canceled: "Canceled" } as const;

function moment(at: string, type: Moment["type"], title: string, detail?: string): Moment {
  return { at: Date.parse(at), type, title, detail };
}
