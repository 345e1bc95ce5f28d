import { ok } from "../../base/result.ts";
import { packageVersion } from "../../base/version.ts";
import { type Failure, failure, quote } from "../../core/errors.ts";
import type { Json } from "../../core/json/json.ts";
import { allows } from "../../edge/access/authenticate.ts";
import type { Asked, Exchange, Handler } from "../../edge/exchange.ts";
import { json } from "../../edge/json.ts";
import { problem } from "../../edge/problem.ts";
import { readJson } from "../../edge/reading/body.ts";
import { memberOf } from "../native/payload.ts";
import { callPlainly } from "./call.ts";
import { type Era, eraOf, httpStatus, legacy, modern } from "./era.ts";
import {
  decodeMessage,
  encodeResponse,
  isObject,
  type Message,
  type Outcome,
  RpcCode,
  refused,
} from "./json-rpc.ts";
import { operationTools } from "./operation-tools.ts";
import { completed } from "./outcomes.ts";
import { listTools, toolsOf } from "./tools.ts";

/** Asking is a message that wants a response. */
type Asking = Message & { readonly type: "request" };

/** postMessage is `POST /api/mcp`: one JSON-RPC message, without a session. */
export const postMessage: Handler = async (exchange) => {
  const { request, config } = exchange;
  const foreign = refuseOrigin(exchange);
  if (foreign) return problem(exchange, foreign);
  const body = await readJson(request, config.maxBody);
  if (!body.ok) {
    const { code, message } = body.failure;
    if (code === "malformed-json") return respond(refused(RpcCode.parseError, message), 400);
    if (code === "validation-failed") return respond(refused(RpcCode.invalidRequest, message), 400);
    return problem(exchange, body.failure);
  }
  const message = decodeMessage(body.value);
  if (!message.ok) return respond(message, 400);
  if (message.value.type !== "request") return new Response(null, { status: 202 });
  return answer(exchange, message.value);
};

async function answer(exchange: Asked, message: Asking): Promise<Response> {
  const { id, method, params } = message;
  const era = eraOf(method, params, exchange.request.headers);
  if (!era.ok) return respond(era, 400, id);
  const { name } = era.value;
  const outcome = await (name === "modern"
    ? inModern(exchange, message)
    : inLegacy(exchange, message));
  if (outcome instanceof Response) return outcome;
  return respond(outcome, outcome.ok ? 200 : httpStatus(name, outcome.failure), id);
}

/** What the revision of 2026-07-28 can be asked. */
function inModern(exchange: Asked, message: Asking): Outcome | Promise<Outcome | Response> {
  switch (message.method) {
    case "server/discover":
      return ok({
        ...cached,
        supportedVersions: [modern],
        capabilities: { tools: {} },
        instructions,
        _meta: { "io.modelcontextprotocol/serverInfo": serverInfo },
      });
    case "tools/list":
      return listed(exchange, message.params, "modern");
    case "tools/call":
      return call(exchange, message, "modern");
    default:
      return unknownMethod(message);
  }
}

/** What the revisions before that can be asked. */
function inLegacy(exchange: Asked, message: Asking): Outcome | Promise<Outcome | Response> {
  switch (message.method) {
    case "initialize":
      return initialized(message.params);
    case "ping":
      return ok({});
    case "tools/list":
      return listed(exchange, message.params, "legacy");
    case "tools/call":
      return call(exchange, message, "legacy");
    default:
      return unknownMethod(message);
  }
}

const serverInfo = { name: "edge-operations", version: packageVersion };

const instructions =
  "Each tool starts an operation, which goes on when a call ends. Where a result says that it still runs, call operation_wait with its id.";

/** How long the lists of 2026 hold, and for whom: tools depend on the tenant. */
const cached = { resultType: "complete", ttlMs: 60_000, cacheScope: "private" };

function initialized({ value }: Json): Outcome {
  const asked = isObject(value) ? value.protocolVersion : undefined;
  const [newest] = legacy;
  const protocolVersion = legacy.find((version) => version === asked) ?? newest;
  return ok({ protocolVersion, capabilities: { tools: {} }, serverInfo, instructions });
}

function listed(exchange: Asked, params: Json, era: Era["name"]): Outcome {
  if (memberOf(params, "cursor").value !== undefined) {
    return refused(RpcCode.invalidParams, "Unknown cursor: there is one page of tools");
  }
  const tools = listTools(exchange, allows(exchange.caller, "write"), false);
  return ok(era === "modern" ? { ...cached, tools } : { tools });
}

async function call(
  exchange: Asked,
  { id, params }: Asking,
  era: Era["name"],
): Promise<Outcome | Response> {
  const { name = "", arguments: args } = isObject(params.value) ? params.value : {};
  const tool = toolsOf(exchange).get(String(name));
  const own = Object.hasOwn(operationTools, String(name))
    ? operationTools[String(name)]
    : undefined;
  if (!tool && !own) return refused(RpcCode.invalidParams, `Unknown tool: ${quote(String(name))}`);
  const scope = tool ? "write" : (own?.scope ?? "write");
  if (!allows(exchange.caller, scope)) {
    return problem(exchange, failure("forbidden", `The token lacks the scope ${scope}`));
  }
  if (args !== undefined && !isObject(args)) {
    return refused(RpcCode.invalidParams, "Want arguments: an object");
  }
  if (tool) return callPlainly(exchange, era, { id, params, tool });
  return completed(era, (await own?.call(exchange, args, era)) ?? { content: [] });
}

function unknownMethod({ method }: Asking): Outcome {
  return refused(RpcCode.methodNotFound, `Unknown method: ${quote(method)}`);
}

/**
 * A page of another origin may send nothing here. While developing, the Worker's own origin is one of this
 * machine, so that no name which somebody else has led here passes for it. Source: MCP, "Streamable HTTP",
 * security warning.
 */
function refuseOrigin({ request, origin, config }: Exchange): Failure | undefined {
  const page = request.headers.get("origin");
  if (page === null || config.allowedOrigins.includes(page)) return undefined;
  const isHere = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(page);
  if (page === origin && (isHere || !config.isDevelopment)) return undefined;
  return failure("forbidden", `The origin ${quote(page)} may not do this`);
}

function respond(outcome: Outcome, status: number, id: Asking["id"] | null = null): Response {
  return json(encodeResponse(id, outcome), status);
}
