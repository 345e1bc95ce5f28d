import { isObject } from "../../../base/json.ts";
import { ok } from "../../../base/result.ts";
import { failure, quote } from "../../../core/errors.ts";
import type { Json } from "../../../core/json/json.ts";
import { allows } from "../../../edge/access/authenticate.ts";
import type { Asked } from "../../../edge/exchange.ts";
import { problem } from "../../../edge/problem.ts";
import { memberOf } from "../../native/payload.ts";
import { type Outcome, RpcCode, refused } from "../../rpc/json-rpc.ts";
import type { Era } from "../era.ts";
import type { Asking } from "../method.ts";
import { callAsTask, callOrTask, callPlainly } from "./call.ts";
import { completed } from "./call-result.ts";
import { operationTools } from "./operation-tools.ts";
import { listTools, toolsOf } from "./tools.ts";

/** listed returns the response to `tools/list`: one page. */
export function listed(
  exchange: Asked,
  params: Json,
  hasTasks: boolean,
  more: Readonly<Record<string, unknown>>,
): Outcome {
  if (memberOf(params, "cursor").value !== undefined) {
    return refused(RpcCode.invalidParams, "Unknown cursor: there is one page of tools");
  }
  const tools = listTools(exchange, allows(exchange.caller, "write"), hasTasks);
  return ok({ ...more, tools });
}

/** callTool is `tools/call`: of a kind, or of a tool for operations. */
export async function callTool(
  exchange: Asked,
  { id, params }: Asking,
  era: Era,
): Promise<Outcome | Response> {
  const { name: named, arguments: args, task } = isObject(params.value) ? params.value : {};
  const name = typeof named === "string" ? named : "";
  const tool = toolsOf(exchange).get(name);
  const own = Object.hasOwn(operationTools, name) ? operationTools[name] : undefined;
  if (!tool && !own) return refused(RpcCode.invalidParams, `Unknown tool: ${quote(name)}`);
  const scope = tool ? "write" : (own?.scope ?? "write");
  if (!allows(exchange.caller, scope)) {
    return problem(exchange, failure("forbidden", `The token lacks the scope ${scope}`));
  }
  if (args !== undefined && !isObject(args)) {
    return refused(RpcCode.invalidParams, "arguments must be an object");
  }
  const isTask = era.name === "legacy" && era.hasTasks && task !== undefined;
  if (tool) {
    const call = { id, params, tool };
    if (isTask) return callAsTask(exchange, call);
    return era.name === "modern" && era.hasTasks
      ? callOrTask(exchange, call)
      : callPlainly(exchange, era.name, call);
  }
  if (isTask)
    return refused(RpcCode.methodNotFound, `The tool ${quote(name)} cannot run as a task`);
  const result = await own?.call(exchange, args, era.name);
  return completed(era.name, result ?? { content: [] });
}
