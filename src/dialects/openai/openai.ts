import { isTerminal } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import type { ActionSpecs } from "../../edge/action-spec.ts";
import type { Dialect } from "../../edge/dialect.ts";
import { challenges } from "../../edge/problem.ts";
import { routesOf } from "../../edge/routes.ts";
import { silence } from "../native/watching/said.ts";
import { encodeFailure } from "./failure.ts";
import { handlers } from "./handlers.ts";
import { place, responseId, root } from "./path.ts";
import { outcomeOf } from "./response.ts";

const one = `${root}/responses/{id}` as const;

const actions = {
  createResponse: { method: "POST", path: `${root}/responses`, scope: "write", request: "json" },
  getResponse: { method: "GET", path: one, scope: "read", query: ["stream", "starting_after"] },
  cancelResponse: { method: "POST", path: `${one}/cancel`, scope: "write" },
  deleteResponse: { method: "DELETE", path: one, scope: "write" },
  listModels: { method: "GET", path: `${root}/models`, scope: "read" },
  getModel: { method: "GET", path: `${root}/models/{model}`, scope: "read" },
} as const satisfies ActionSpecs;

/**
 * openai is OpenAI's Responses API, in its background mode: what `openai` and `@ai-sdk/openai` request, with their base
 * URL changed.
 */
export const openai: Dialect = {
  name: "openai",
  place,
  routes: routesOf(actions, handlers),
  webhook: encodeWebhook,
  failures: {
    mediaType: "application/json",
    challenges: [challenges.bearer],
    saysFinal: true,
    encode: encodeFailure,
  },
};

/** The body of a webhook: that a response has ended, and which; the receiver fetches the rest. */
function encodeWebhook({ op }: Snapshot): string {
  const at = isTerminal(op) ? op.finishedAt : op.updatedAt;
  return JSON.stringify({
    id: `evt_${op.id}`,
    object: "event",
    created_at: Math.floor(at / 1_000),
    type: `response.${outcomeOf(op, silence)}`,
    data: { id: responseId(op.id) },
  });
}
