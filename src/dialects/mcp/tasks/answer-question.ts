import { isObject } from "../../../base/json.ts";
import { type Failure, invalid } from "../../../core/errors.ts";
import type { Json } from "../../../core/json/json.ts";
import type { Snapshot } from "../../../core/reply.ts";
import type { Asked } from "../../../edge/exchange.ts";
import { checkAnswer } from "../../native/handlers/input.ts";
import { memberOf } from "../../native/payload.ts";
import { answerOf } from "./questions.ts";

/**
 * answerQuestion takes a client's response to an operation's question, `{action, content?}`: accepted content is the
 * answer, anything else cancels the operation. It returns why the response cannot be taken, and the question stays
 * open; a question that somebody else has answered meanwhile is left alone.
 */
export async function answerQuestion(
  exchange: Asked,
  { op }: Snapshot,
  response: Json,
): Promise<Failure | undefined> {
  const { map } = exchange;
  const { action } = isObject(response.value) ? response.value : {};
  if (action === "decline" || action === "cancel") return (await map.cancel(op.id)).error;
  if (action !== "accept") {
    return invalid([{ path: "action", message: "must be accept, decline or cancel" }]);
  }
  if (!op.inputRequest) return undefined;
  const content = memberOf(response, "content");
  const given = answerOf(op.inputRequest, content);
  if (given.value === undefined) {
    return invalid([{ path: "content", message: "must be what was asked for" }]);
  }
  const checked = checkAnswer(exchange, op, given);
  if (!checked.ok) return checked.failure;
  const reply = await map.answer(op.id, op.answers?.length ?? 0, checked.value);
  return reply.error?.code === "input-not-required" || reply.error?.code === "already-terminal"
    ? undefined
    : reply.error;
}
