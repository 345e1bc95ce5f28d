import { type DocumentWrite, documentNotFound, type Requirement } from "../../core/document.ts";
import { isTerminal } from "../../core/operation/operation.ts";
import type { Asked, Handler } from "../../edge/exchange.ts";
import { json } from "../../edge/json.ts";
import { problem } from "../../edge/problem.ts";
import { readJson } from "../../edge/reading/body.ts";
import { syncPreference } from "../../edge/reading/wait-preference.ts";
import { streamed } from "../../edge/streamed.ts";
import type { TenantMap } from "../../map/tenant-map.ts";
import { decodeDocument } from "./document.ts";
import { result, working } from "./operations.ts";
import { parseSelector } from "./selector.ts";
import { encodeStatus } from "./status.ts";
import type { Storage } from "./storages.ts";

/** listDocuments is `GET /{storage}?labels=a=b,c!=d`, in the order of IDs. */
export function listDocuments(storage: Storage): Handler {
  return async (exchange) => {
    const selector = parseSelector(exchange.url.searchParams.get("labels") ?? "");
    if (!selector.ok) return problem(exchange, selector.failure);
    return streamed(exchange, listed(exchange.map, storage, selector.value));
  };
}

/** getDocument is `GET /{storage}/{id}`. */
export function getDocument({ name }: Storage): Handler {
  return async (exchange, { id = "" }) => {
    const key = { storage: name, id };
    const text = await exchange.map.documents().get(key);
    return text === undefined ? problem(exchange, documentNotFound(key)) : json(text);
  };
}

/** createDocument is `POST /{storage}`. */
export function createDocument(storage: Storage): Handler {
  return (exchange) => store(exchange, storage, "create");
}

/** updateDocument is `PUT /{storage}/{id}`. */
export function updateDocument(storage: Storage): Handler {
  return (exchange, { id = "" }) => store(exchange, storage, "update", id);
}

/** deleteDocument is `DELETE /{storage}/{id}`. */
export function deleteDocument({ name }: Storage): Handler {
  const answer = encodeStatus("success");
  return (exchange, { id = "" }) =>
    write(exchange, { storage: name, id, verb: "delete", result: answer });
}

async function* listed(
  map: TenantMap,
  { name, list, member }: Storage,
  requirements: readonly Requirement[],
): AsyncGenerator<string, void> {
  let before = `${JSON.stringify({ kind: list }).slice(0, -1)},"${member}":[`;
  for await (const documents of map.documents().list(name, requirements)) {
    yield before + documents.join(",");
    before = ",";
  }
  yield before === "," ? "]}" : `${before}]}`;
}

async function store(
  exchange: Asked,
  storage: Storage,
  verb: "create" | "update",
  path?: string,
): Promise<Response> {
  const body = await readJson(exchange.request, exchange.config.maxBody);
  if (!body.ok) return problem(exchange, body.failure);
  const decoded = decodeDocument(storage, body.value, exchange.deployment.basePath, path);
  if (!decoded.ok) return problem(exchange, decoded.failure);
  const { revision, ...own } = decoded.value;
  const isHeld = verb === "update" && revision !== undefined;
  return write(exchange, { storage: storage.name, ...own, verb, ...(isHeld && { revision }) });
}

/** write creates the operation of a write, and waits for it if `sync=true` asks for that. */
async function write(exchange: Asked, change: DocumentWrite): Promise<Response> {
  const { url, map, request } = exchange;
  const milliseconds = syncPreference(url)?.milliseconds ?? 0;
  const reply = await map.documents().write(change, { milliseconds, signal: request.signal });
  if (reply.error) return problem(exchange, reply.error);
  if (milliseconds === 0 || !isTerminal(reply.op)) return working(exchange, reply);
  if (reply.result !== undefined || !reply.op.result) return result(exchange, reply, reply.result);
  const whole = await map.result(reply.op.id);
  return whole.error ? problem(exchange, whole.error) : result(exchange, whole, whole.body);
}
