import type { AskedFor } from "../../../core/fingerprint.ts";
import type { Json } from "../../../core/json/json.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { readJsonIfAny } from "../../../edge/reading/body.ts";
import { refuseFor } from "../../../edge/reading/refuse-body.ts";
import { decodeRerun } from "../rerun-request.ts";
import { answerMade, makeBy, preferenceOf } from "./made.ts";

/** rerunOperation is `POST /operations/{id}:rerun`: a new operation with the request of a finished one. */
export const rerunOperation: Handler = async (exchange, { id = "" }) => {
  const { request, config, map } = exchange;
  const body = await readJsonIfAny(request, config.maxBody);
  if (!body.ok) return refuseFor(exchange, id, body.failure);
  const decoded = decodeRerun(id, body.value);
  if (!decoded.ok) return refuseFor(exchange, id, decoded.failure);
  const asked = askedOf(id, body.value);
  const made = await makeBy(exchange, asked, preferenceOf(exchange), {
    isOwn: decoded.value.input !== undefined,
    create: (once, waiting) => map.rerun(decoded.value, once, waiting),
  });
  return answerMade(exchange, made);
};

/** Distinguishes it from other requests: no create has a member `rerunOf`. */
function askedOf(rerunOf: string, { value, exact }: Json): AskedFor {
  const former = { ...(value as object), rerunOf };
  return { former, meaning: exact === value ? former : { ...(exact as object), rerunOf } };
}
