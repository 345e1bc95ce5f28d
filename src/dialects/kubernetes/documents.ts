import {
  type DocumentPage,
  type DocumentWrite,
  documentNotFound,
  type Requirement,
} from "../../core/document.ts";
import { isTerminal } from "../../core/operation/operation.ts";
import { once } from "../../core/retry.ts";
import { readJson } from "../../edge/body.ts";
import type { Asked, Handler } from "../../edge/exchange.ts";
import { json } from "../../edge/json.ts";
import { problem } from "../../edge/problem.ts";
import { streamed } from "../../edge/streamed.ts";
import { syncPreference } from "../../edge/wait-preference.ts";
import { document as kind } from "../../kinds/document.ts";
import { type OperationsStub, objectOf } from "../../object/address.ts";
import { awaitEnd, linger } from "../native/handlers/create.ts";
import { decodeDocument } from "./document.ts";
import { result, working } from "./operations.ts";
import { parseSelector } from "./selector.ts";
import { encodeStatus } from "./status.ts";
import type { Storage } from "./storages.ts";

/** kept is how long an operation is kept that was made here, as the original does, in milliseconds. */
const kept = 600_000;

/** home is the shard that holds a tenant's documents, and the operations that write them. */
const home = 0;

/** listDocuments is `GET /{storage}?labels=a=b,c!=d`, in the order of ids. */
export function listDocuments(storage: Storage): Handler {
  return async (exchange) => {
    const selector = parseSelector(exchange.url.searchParams.get("labels") ?? "");
    if ("error" in selector) return problem(exchange, selector.error);
    return streamed(exchange, listed(homeOf(exchange), storage, selector.requirements));
  };
}

/** getDocument is `GET /{storage}/{id}`. */
export function getDocument({ name }: Storage): Handler {
  return async (exchange, { id = "" }) => {
    const key = { storage: name, id };
    const text = await homeOf(exchange).document(key);
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
  stub: OperationsStub,
  { name, list, member }: Storage,
  requirements: readonly Requirement[],
): AsyncGenerator<string, void> {
  const query = { storage: name, requirements, mayBeEmpty: true } as const;
  let before = `${JSON.stringify({ kind: list }).slice(0, -1)},"${member}":[`;
  for (let after: string | undefined = ""; after !== undefined; ) {
    const page: DocumentPage = await stub.documents({ ...query, after });
    after = page.next;
    if (page.documents.length === 0) continue;
    yield before + page.documents.join(",");
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
  if ("error" in body) return problem(exchange, body.error);
  const decoded = decodeDocument(storage, body, path);
  if ("error" in decoded) return problem(exchange, decoded.error);
  const { revision, ...own } = decoded;
  const isHeld = verb === "update" && revision !== undefined;
  return write(exchange, { storage: storage.name, ...own, verb, ...(isHeld && { revision }) });
}

/** write makes the operation of a write and waits for it where `sync=true` asks for that. */
async function write(exchange: Asked, change: DocumentWrite): Promise<Response> {
  const { config, url } = exchange;
  const milliseconds = syncPreference(url.searchParams)?.milliseconds ?? 0;
  const { verb, storage, id } = change;
  const command = {
    shard: home,
    kind: "document",
    input: JSON.stringify(change),
    ttl: Math.min(kept, config.maxTtl),
    deadline: config.defaultDeadline,
    retry: kind.retry ?? once,
    labels: {},
    metadata: JSON.stringify({ verb, storage, id }),
  };
  const started = Date.now();
  const stub = homeOf(exchange);
  const made = await stub.createWrite(command, change, Math.min(milliseconds, linger));
  const reply = await awaitEnd(exchange, made, milliseconds - (Date.now() - started));
  if (reply.error) return problem(exchange, reply.error);
  if (milliseconds === 0 || !isTerminal(reply.op)) return working(exchange, reply);
  if (reply.result !== undefined || !reply.op.result) return result(exchange, reply, reply.result);
  const whole = await stub.readResult(reply.op.id);
  return whole.error ? problem(exchange, whole.error) : result(exchange, whole, whole.body);
}

function homeOf({ deployment, env, config, caller }: Asked): OperationsStub {
  return objectOf({ deployment, env, config }, caller.tenant, home);
}
