import type { ActionSpecs } from "../../edge/action-spec.ts";
import type { Dialect } from "../../edge/dialect.ts";
import { challenges } from "../../edge/problem.ts";
import { routesOf } from "../../edge/routes.ts";
import { encodeFailure, statuses } from "./failure.ts";
import { handlers } from "./handlers.ts";
import { modelHandlers } from "./models.ts";
import { encodePrediction, place, root } from "./prediction.ts";

const all = `${root}/predictions` as const;
const one = `${all}/{id}` as const;
const model = `${root}/models/{owner}/{name}` as const;
const create = { method: "POST", scope: "write", request: "json" } as const;

const actions = {
  createPrediction: { ...create, path: all },
  createOfModel: { ...create, path: `${model}/predictions` },
  createOfDeployment: { ...create, path: `${root}/deployments/{owner}/{name}/predictions` },
  listPredictions: { method: "GET", path: all, scope: "read", query: ["cursor"] },
  getPrediction: { method: "GET", path: one, scope: "read" },
  cancelPrediction: { method: "POST", path: `${one}/cancel`, scope: "write" },
  streamPrediction: {
    method: "GET",
    path: `${one}/stream`,
    scope: "read",
    query: ["ticket"],
    ticket: "query",
  },
  getOutput: {
    method: "GET",
    path: `${one}/output`,
    scope: "read",
    query: ["ticket"],
    ticket: "query",
  },
  listModels: { method: "GET", path: `${root}/models`, scope: "read" },
  getModel: { method: "GET", path: model, scope: "read" },
  listVersions: { method: "GET", path: `${model}/versions`, scope: "read" },
  getVersion: { method: "GET", path: `${model}/versions/{version}`, scope: "read" },
  createFile: { method: "POST", path: `${root}/files`, scope: "write", request: "bytes" },
  getSecret: { method: "GET", path: `${root}/webhooks/default/secret`, scope: "admin" },
} as const satisfies ActionSpecs;

/**
 * replicate is the predictions of Replicate's API: what `replicate` and `@ai-sdk/replicate` request, with their base
 * URL changed.
 */
export const replicate: Dialect = {
  name: "replicate",
  place,
  routes: routesOf(actions, { ...handlers, ...modelHandlers }),
  webhook: (snapshot, base, input) => encodePrediction(snapshot, { base, input: input() }),
  failures: {
    mediaType: "application/json",
    challenges: [challenges.bearer],
    statuses,
    encode: encodeFailure,
  },
};
