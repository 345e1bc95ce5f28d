import type { Operation, OperationError, Status } from "../../core/operation/operation.ts";
import { linksOf } from "../native/monitor.ts";
import { type Said, textOf } from "../native/watching/said.ts";
import { responseId } from "./path.ts";

const words: Readonly<Record<Status, string>> = {
  pending: "queued",
  running: "in_progress",
  input_required: "in_progress",
  succeeded: "completed",
  failed: "failed",
  canceled: "cancelled",
};

/** outcomeOf returns the status of a response: one with more text than a message may have is incomplete. */
export function outcomeOf({ status }: Operation, { isCut }: Pick<Said, "isCut">): string {
  return status === "succeeded" && isCut ? "incomplete" : words[status];
}

/** messageId returns the ID of a message of a response. */
export function messageId(id: string, index: number): string {
  return index === 0 ? `msg_${id}` : `msg_${id}_${index}`;
}

/** messageOf returns a message of a response, with its text if there is any yet. */
export function messageOf(id: string, index: number, status: string, text?: string) {
  const content = text === undefined ? [] : [partOf(text)];
  return { id: messageId(id, index), type: "message", role: "assistant", status, content };
}

/** partOf returns a text as a part of a message. */
export function partOf(text: string) {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}

/**
 * responseOf returns an operation as a response. `output` is always a list, since the client iterates over it without
 * checking.
 *
 * @param said what it has said, once it has ended
 */
export function responseOf(op: Operation, said: Said) {
  const { id, error } = op;
  const status = outcomeOf(op, said);
  const itemStatus = said.isCut ? "incomplete" : "completed";
  return {
    id: responseId(id),
    object: "response",
    created_at: seconds(op.createdAt),
    completed_at: op.status === "succeeded" ? seconds(op.finishedAt) : null,
    background: true,
    status,
    model: op.kind,
    error: error ? errorOf(error) : null,
    incomplete_details: status === "incomplete" ? { reason: "max_output_tokens" } : null,
    instructions: null,
    max_output_tokens: null,
    metadata: op.labels,
    parallel_tool_calls: true,
    previous_response_id: null,
    temperature: 1,
    top_p: 1,
    tool_choice: "auto",
    tools: [],
    text: { format: { type: "text" } },
    truncation: "disabled",
    usage: null,
    output: said.messages.map((bytes, index) => messageOf(id, index, itemStatus, textOf(bytes))),
  };
}

/** begunOf returns a response as it was when it began, which a stream that is opened later sends too. */
export function begunOf(op: Operation) {
  const status = op.status === "pending" ? "queued" : "in_progress";
  const shown = { ...responseOf(op, { messages: [], isCut: false }), error: null };
  return { ...shown, completed_at: null, status };
}

/** Why there is no text; `@ai-sdk/openai` requires the `type`, although the code repeats it. */
function errorOf({ code, message }: OperationError) {
  return { code: "server_error", type: "server_error", message: `${code}: ${message}` };
}

/**
 * linkOf returns the text that stands for a result that is not text, or is large: its URL, which requires the token.
 */
export function linkOf({ id, result }: Operation, base: string): string {
  return JSON.stringify({ resultUrl: linksOf(id, base).result, mediaType: result?.mediaType });
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000);
}
