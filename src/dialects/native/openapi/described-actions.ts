import type { ActionSpec } from "../../../edge/action-spec.ts";
import type { ActionText, DescribedAction, PageId } from "../actions/action.ts";
import { againTexts } from "../actions/again-actions.ts";
import { movingTexts } from "../actions/moving-actions.ts";
import { oneOperationTexts } from "../actions/one-operation-actions.ts";
import { operationTexts } from "../actions/operation-actions.ts";
import { serviceTexts } from "../actions/service-actions.ts";
import { watchTexts } from "../actions/watch-actions.ts";
import { workTexts } from "../actions/work-actions.ts";
import { type ActionId, actions } from "../actions.ts";
import { type ParameterName, parameters } from "./parameters.ts";
import { proxyActions } from "./proxy-actions.ts";

/** The documentation of each action, in the order in which it is shown. */
const texts: Readonly<Record<ActionId | PageId, ActionText>> = {
  ...operationTexts(),
  ...oneOperationTexts(),
  ...againTexts(),
  ...watchTexts(),
  ...workTexts(),
  ...serviceTexts(),
  ...movingTexts(),
};

/** Where an action is, and what it requires; a public page requires nothing. */
type Place = Pick<ActionSpec, "method" | "path" | "query" | "ticket"> &
  Partial<Pick<ActionSpec, "scope">>;

/** The public pages. */
const pages: Readonly<Record<PageId, Place>> = {
  getHealth: { method: "GET", path: "/api/healthz" },
  getProblem: { method: "GET", path: "/problems/{code}" },
};

const places: Readonly<Record<ActionId | PageId, Place>> = { ...actions, ...pages };

/** describedActions are all actions, in that order. */
export const describedActions: readonly DescribedAction[] = [
  ...(Object.entries(texts) as [ActionId | PageId, ActionText][]).map(([id, text]) =>
    describedAction(id, places[id], text),
  ),
  ...proxyActions,
];

function describedAction(
  operationId: string,
  { method, path, query = [], scope, ticket }: Place,
  { headers = [], ...text }: ActionText,
): DescribedAction {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  return {
    ...text,
    operationId,
    method: method.toLowerCase(),
    path,
    parameters: [
      ...inPath.map((name) => parameterOf("path", name, path)),
      // The ticket is a security scheme.
      ...query.filter((name) => name !== "ticket").map((name) => parameterOf("query", name, path)),
      ...headers,
    ],
    ...(scope && { scope }),
    ...(ticket && { ticket }),
  };
}

/**
 * parameterOf finds a parameter by its name: of several, the first is that of one operation, the second that of its
 * output.
 */
function parameterOf(place: string, name: string, path: string): ParameterName {
  const found = (Object.keys(parameters) as ParameterName[]).filter(
    (key) => parameters[key].in === place && parameters[key].name === name,
  );
  const isOutput = path.endsWith("/output") && name === "after";
  const parameter = found.at(isOutput ? 1 : path.includes("{id}") ? 0 : -1);
  if (!parameter) throw new Error(`Cannot find the parameter ${name} of ${path}`);
  return parameter;
}
