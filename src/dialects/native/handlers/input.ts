import { failed, ok, type Result } from "../../../base/result.ts";
import { type Failure, failure, invalid } from "../../../core/errors.ts";
import { type Json, jsonText } from "../../../core/json/json.ts";
import { wrongNumbers } from "../../../core/json/wrong-numbers.ts";
import { maxAnswer } from "../../../core/limits.ts";
import type { Operation } from "../../../core/operation/operation.ts";
import type { Asked, Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { readJson } from "../../../edge/reading/body.ts";
import { refuseFor } from "../../../edge/reading/refuse-body.ts";
import { monitor, seen } from "./answers.ts";

/** getInput is `GET /operations/{id}/input`: an operation's input, as `{input?}`. */
const getInput: Handler = async (exchange, { id = "" }) => {
  const reply = await exchange.map.input(id);
  if (reply.error) return problem(exchange, reply.error);
  return json(reply.input === "" ? "{}" : `{"input":${reply.input}}`);
};

/** answerInput is `POST /operations/{id}:input`: the body is the answer, any JSON that the question allows. */
const answerInput: Handler = async (exchange, { id = "" }) => {
  const { map } = exchange;
  const body = await readJson(exchange.request, exchange.config.maxBody);
  if (!body.ok) return refuseFor(exchange, id, body.failure);
  const asking = await map.get(id);
  if (asking.error) return problem(exchange, asking.error);
  const answer = checkAnswer(exchange, asking.op, body.value);
  if (!answer.ok) return problem(exchange, answer.failure);
  const { answers = [] } = asking.op;
  const reply = await map.answer(id, answers.length, answer.value);
  return reply.error ? problem(exchange, reply.error) : monitor(exchange, seen(exchange, reply));
};

/** checkAnswer returns an answer as JSON text, validated against the operation's question. */
export function checkAnswer(
  { deployment }: Pick<Asked, "deployment">,
  { inputRequest }: Operation,
  answer: Json,
): Result<string, Failure> {
  const text = jsonText(answer) ?? "";
  if (text.length > maxAnswer) {
    const message = `The answer is larger than ${maxAnswer} characters of JSON`;
    return failed(failure("payload-too-large", message));
  }
  // The work that asks is code, and receives doubles.
  const rounded = wrongNumbers(answer.exact, "");
  if (rounded.length > 0) return failed(invalid(rounded));
  const wrong = inputRequest && deployment.jsonSchema?.(inputRequest.schema, answer.value);
  return wrong && wrong.length > 0 ? failed(invalid(wrong)) : ok(text);
}

/** inputHandlers are about an operation's input and answers. */
export const inputHandlers = {
  getInput,
  answerInput,
};
