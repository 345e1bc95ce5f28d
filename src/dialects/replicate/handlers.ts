import { jsonText } from "../../core/json/json.ts";
import { maxWait } from "../../core/limits.ts";
import { isTerminal } from "../../core/operation/operation.ts";
import type { Reply, Snapshot } from "../../core/reply.ts";
import { allows } from "../../edge/access/authenticate.ts";
import type { Asked, Handler } from "../../edge/exchange.ts";
import { json } from "../../edge/json.ts";
import { problem } from "../../edge/problem.ts";
import { readJson } from "../../edge/reading/body.ts";
import { headerPreference, type WaitPreference } from "../../edge/reading/wait-preference.ts";
import { cancelWithin } from "../native/handlers/cancel-within.ts";
import { make } from "../native/handlers/made.ts";
import { getResult } from "../native/handlers/results.ts";
import { webhookSecretsOf } from "../native/handlers/webhook-secrets.ts";
import { decodeList, encodePageToken } from "../native/list-request.ts";
import { memberOf } from "../native/payload.ts";
import { ticketFor } from "../native/ticket-for.ts";
import { textOf, writtenOf } from "../native/watching/said.ts";
import { wholeCharacters } from "../native/watching/whole-characters.ts";
import { maxWhole, withWholeResult } from "../native/whole-result.ts";
import { decodeCreate } from "./create-request.ts";
import { encodePrediction, root } from "./prediction.ts";
import { streamPrediction } from "./stream.ts";

/** patience is how long a cancel waits for the end, in milliseconds. */
const patience = 1_000;

/** maxWritten is how many bytes of output an unfinished prediction contains: each poll reads them again. */
const maxWritten = 64 * 1024;

/** createPrediction is `POST /predictions`, and the same for a model: 201 whatever the outcome. */
const createPrediction: Handler = async (exchange, { name }) => {
  const { request, config, caller } = exchange;
  const body = await readJson(request, config.maxBody);
  if (!body.ok) return problem(exchange, body.failure);
  const decoded = decodeCreate(body.value, name);
  if (!decoded.ok) return problem(exchange, decoded.failure);
  const { value, exact } = body.value;
  const asked = { former: { replicate: [name, value] }, meaning: { replicate: [name, exact] } };
  const made = await make(exchange, decoded.value, asked, preferenceOf(request.headers));
  if (!made.ok) return problem(exchange, made.failure);
  const { reply, headers } = made.value;
  const mayRead = !reply.replayed || allows(caller, "read");
  const input = jsonText(memberOf(body.value, "input")) ?? "";
  return prediction(exchange, reply, { input, mayRead, isNew: true, status: 201, headers });
};

/** getPrediction is `GET /predictions/{id}`. */
const getPrediction: Handler = async (exchange, { id = "" }) => {
  const reply = await exchange.map.get(id);
  return reply.error ? problem(exchange, reply.error) : prediction(exchange, reply);
};

/** listPredictions is `GET /predictions?cursor=`: newest first, without inputs. */
const listPredictions: Handler = async (exchange) => {
  const { url, map, base } = exchange;
  const cursor = url.searchParams.get("cursor") ?? "";
  const decoded = decodeList(new URLSearchParams({ pageToken: cursor }));
  if (!decoded.ok) return problem(exchange, decoded.failure);
  const { items, coveredTo } = await map.list(decoded.value);
  const results = items
    .map((snapshot) => encodePrediction(snapshot, { base, input: "" }))
    .join(",");
  const at = `${base}${root.slice("/api".length)}/predictions`;
  const next = coveredTo === undefined ? null : `${at}?cursor=${encodePageToken(coveredTo)}`;
  return json(`{"previous":null,"next":${JSON.stringify(next)},"results":[${results}]}`);
};

/** cancelPrediction is `POST /predictions/{id}/cancel`: the prediction, after a moment to end. */
const cancelPrediction: Handler = async (exchange, { id = "" }) => {
  const reply = await cancelWithin(exchange, id, patience);
  if (reply.error) return problem(exchange, reply.error);
  const mayRead = allows(exchange.caller, "read");
  return prediction(exchange, reply, { mayRead, ...(!mayRead && { input: "" }) });
};

/** createFile is `POST /files`: a 404 makes the client send files in the input instead. */
const createFile: Handler = async () => {
  const detail = "File uploads are not supported; send files in the input";
  return json(JSON.stringify({ title: "Not implemented", detail, status: 501 }), 501);
};

/** getSecret is `GET /webhooks/default/secret`: the secret that verifies the tenant's webhooks. */
const getSecret: Handler = async (exchange) => {
  const secrets = await webhookSecretsOf(exchange);
  if (!secrets.ok) return problem(exchange, secrets.failure);
  return json(JSON.stringify({ key: secrets.value[0] }));
};

interface Answer {
  readonly input?: string;
  readonly mayRead?: boolean;
  readonly isNew?: boolean;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A prediction with everything that its caller may see: its input, which is read if it is not known, and its output.
 */
async function prediction(
  exchange: Asked,
  { op, result }: Snapshot,
  { input, mayRead = true, isNew = false, status = 200, headers = {} }: Answer = {},
): Promise<Response> {
  const { map, base } = exchange;
  const whole = mayRead
    ? await withWholeResult(map, { op, ...(result !== undefined && { result }) })
    : { op };
  if (whole.error) return problem(exchange, whole.error);
  const given = input === undefined ? await map.input(op.id) : { input };
  if (given.error) return problem(exchange, given.error);
  const ticket = await ticketFor(exchange, op);
  const written = mayRead ? await writtenOutput(exchange, whole) : {};
  if (written.error) return problem(exchange, written.error);
  const shown = { base, input: given.input, ticket, mayRead, isNew, ...written };
  return json(encodePrediction(whole, shown), status, headers);
}

/** What the work has written, which is the output while it runs, and if there is no other result. */
async function writtenOutput(
  exchange: Asked,
  { op, result = "" }: Snapshot,
): Promise<Reply<{ readonly written?: string }>> {
  const isOver = isTerminal(op);
  if (!op.hasOutput || (isOver && result.trim() !== "null")) return {};
  const most = isOver ? maxWhole : maxWritten;
  const read = await writtenOf(exchange, op, most);
  if (read.error) return read;
  const { bytes } = read;
  const end = bytes.length > most ? wholeCharacters(bytes.subarray(0, most)) : bytes.length;
  return { written: textOf(bytes.subarray(0, end)) };
}

/** `Prefer: wait` without a number waits as long as possible. */
function preferenceOf(headers: Headers): WaitPreference | undefined {
  const preference = headerPreference(headers);
  if (preference || !/(?:^|,)\s*wait\s*(?:[,;]|$)/i.test(headers.get("prefer") ?? ""))
    return preference;
  return { milliseconds: maxWait, applied: "wait" };
}

/** handlers are the functions of the actions. */
export const handlers = {
  createPrediction,
  createOfModel: createPrediction,
  createOfDeployment: createPrediction,
  getPrediction,
  listPredictions,
  cancelPrediction,
  streamPrediction,
  getOutput: getResult,
  createFile,
  getSecret,
};
