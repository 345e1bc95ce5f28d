import { failure, invalid } from "../../../core/errors.ts";
import { jsonText } from "../../../core/json/json.ts";
import { wrongNumbers } from "../../../core/json/wrong-numbers.ts";
import { maxAnswer } from "../../../core/limits.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { readJson } from "../../../edge/reading/body.ts";
import { refuseFor } from "../../../edge/reading/refuse-body.ts";
import { monitor, seen } from "./answers.ts";

/** getInput is `GET /operations/{id}/input`: what an operation was made with, as `{input?}`. */
const getInput: Handler = async (exchange, { id = "" }) => {
  const reply = await exchange.map.input(id);
  if (reply.error) return problem(exchange, reply.error);
  return json(reply.input === "" ? "{}" : `{"input":${reply.input}}`);
};

/** answerInput is `POST /operations/{id}:input`: the body is the answer, any JSON that is asked for. */
const answerInput: Handler = async (exchange, { id = "" }) => {
  const { map, deployment } = exchange;
  const body = await readJson(exchange.request, exchange.config.maxBody);
  if (!body.ok) return refuseFor(exchange, id, body.failure);
  const text = jsonText(body.value) ?? "";
  if (text.length > maxAnswer) {
    const message = `The answer is larger than ${maxAnswer} characters of JSON`;
    return refuseFor(exchange, id, failure("payload-too-large", message));
  }
  const asking = await map.get(id);
  if (asking.error) return problem(exchange, asking.error);
  const { inputRequest, answers = [] } = asking.op;
  // The work that asks is code, and gets doubles.
  const rounded = wrongNumbers(body.value.exact, "");
  if (rounded.length > 0) return problem(exchange, invalid(rounded));
  const wrong = inputRequest && deployment.jsonSchema?.(inputRequest.schema, body.value.value);
  if (wrong && wrong.length > 0) return problem(exchange, invalid(wrong));
  const reply = await map.answer(id, answers.length, text);
  return reply.error ? problem(exchange, reply.error) : monitor(exchange, seen(exchange, reply));
};

/** inputHandlers are about what an operation is given. */
export const inputHandlers = {
  getInput,
  answerInput,
};
