import { isTerminal, type Operation, type Status } from "../../core/operation/operation.ts";
import { encodeTime, withMembers } from "../native/monitor.ts";

/** contextLabel is the label with the context that a client has put a task into. */
export const contextLabel = "a2a-context";

/** states are the protocol's names for our statuses. */
export const states = {
  pending: "TASK_STATE_SUBMITTED",
  running: "TASK_STATE_WORKING",
  input_required: "TASK_STATE_INPUT_REQUIRED",
  succeeded: "TASK_STATE_COMPLETED",
  failed: "TASK_STATE_FAILED",
  canceled: "TASK_STATE_CANCELED",
} as const satisfies Readonly<Record<Status, string>>;

/** contextOf returns the context of a task: its client's, or one of its own. */
export function contextOf({ id, labels }: Pick<Operation, "id" | "labels">): string {
  return labels[contextLabel] ?? ownContext(id);
}

/** ownContext returns the context of a task whose client named none. */
function ownContext(id: string): string {
  return `ctx-${id}`;
}

/** isSettled returns whether nothing more happens to a task without its client. */
export function isSettled(op: Operation): boolean {
  return isTerminal(op) || op.status === "input_required";
}

/**
 * encodeTask writes an operation as a `Task`, as JSON text. Its history is empty: the message that created it is the
 * operation's input.
 *
 * @param artifacts each as JSON text
 */
export function encodeTask(op: Operation, artifacts: readonly string[]): string {
  const head = JSON.stringify({ id: op.id, contextId: contextOf(op), status: statusOf(op) });
  return withMembers(head, {
    artifacts: `[${artifacts.join(",")}]`,
    history: "[]",
    metadata: JSON.stringify(metadataOf(op)),
  });
}

/** encodeStatusUpdate writes the state of a task as an item of a stream, as JSON text. */
export function encodeStatusUpdate(op: Operation): string {
  const statusUpdate = {
    taskId: op.id,
    contextId: contextOf(op),
    status: statusOf(op),
    metadata: metadataOf(op),
  };
  return JSON.stringify({ statusUpdate });
}

/** Chunk is an item of a stream about an artifact. */
export interface Chunk {
  readonly op: Operation;
  /** As JSON text. */
  readonly artifact: string;
  /** Whether it is appended to what was sent of the artifact, rather than replacing it. */
  readonly append: boolean;
  readonly isLast: boolean;
}

/** encodeArtifactUpdate writes it as JSON text. */
export function encodeArtifactUpdate({ op, artifact, append, isLast }: Chunk): string {
  const head = JSON.stringify({
    taskId: op.id,
    contextId: contextOf(op),
    append,
    lastChunk: isLast,
  });
  return `{"artifactUpdate":${withMembers(head, { artifact })}}`;
}

function statusOf(op: Operation) {
  const parts = partsOf(op);
  const message = {
    messageId: `${op.id}-${op.version}`,
    role: "ROLE_AGENT",
    parts,
    contextId: contextOf(op),
    taskId: op.id,
  };
  return {
    state: states[op.status],
    timestamp: encodeTime(op.updatedAt),
    ...(parts.length > 0 && { message }),
  };
}

/** Why it failed, what it asks and the schema of the answer, or what the work reported last. */
function partsOf({ error, inputRequest, statusMessage }: Operation): readonly object[] {
  if (error) return [{ text: `${error.code}: ${error.message}` }];
  if (inputRequest) {
    const { message: text = "Input is required", schema } = inputRequest;
    return [{ text }, { data: JSON.parse(schema), mediaType: "application/schema+json" }];
  }
  return statusMessage === undefined ? [] : [{ text: statusMessage }];
}

function metadataOf({ kind, percentComplete, error }: Operation) {
  return { kind, percentComplete, errorCode: error?.code };
}
