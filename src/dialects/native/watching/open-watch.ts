import { type Failure, notFound } from "../../../core/errors.ts";
import type { Operation } from "../../../core/operation/operation.ts";
import { decodePosition, type Position, stampOf } from "../../../core/position.ts";
import type { Reply, Snapshot } from "../../../core/reply.ts";
import { allows } from "../../../edge/authenticate.ts";
import type { Asked } from "../../../edge/exchange.ts";
import { objectOf } from "../../../object/address.ts";
import { type WatchCommand, watchUrl } from "../../../object/sockets/watch-command.ts";
import { stubOf } from "../handlers/operations.ts";
import { decodeAfter, decodeFilter, decodePlace } from "../watch-request.ts";

/** Opened is the near end of an object's socket, not yet accepted, and where its watcher begins. */
export interface Opened {
  readonly socket: WebSocket;
  readonly position: Position;
}

/** Ended is an operation that was finished when its watcher came. */
export interface Ended extends Snapshot {
  /** Whether the watcher has been told of the end before. */
  readonly isKnown: boolean;
}

type Refused = { readonly error: Failure };

/** openOne opens a watch of one operation, where there is something left to watch. */
export async function openOne(
  exchange: Asked,
  id: string,
): Promise<({ readonly error?: never } & ({ opened: Opened } | { ended: Ended })) | Refused> {
  const { url, request } = exchange;
  const decoded = decodeAfter(url.searchParams, request.headers);
  if (decoded.error) return decoded;
  const stub = stubOf(exchange, id);
  if (!stub) return { error: notFound(id) };
  const target = { id, ...decoded };
  const reply = await ask(stub, { ...commonOf(exchange), shard: 0, target });
  if ("socket" in reply) return { opened: reply };
  if (reply.error) return reply;
  return { ended: { ...reply, isKnown: isKnown(reply.op, decoded.after) } };
}

/** openAll opens a watch of every shard of the tenant; none stays open where one refuses or throws. */
export async function openAll(
  exchange: Asked,
): Promise<{ readonly error?: never; readonly opened: readonly Opened[] } | Refused> {
  const { url, request, deployment, env, config, caller } = exchange;
  const filtered = decodeFilter(url.searchParams);
  if (filtered.error) return filtered;
  const placed = decodePlace(url.searchParams, request.headers);
  if (placed.error) return placed;
  const { filter } = filtered;
  const { position } = placed;
  const settled = await Promise.allSettled(
    Array.from({ length: config.shards }, (_, shard) => {
      const target = position ? { filter, since: stampOf(position, shard) } : { filter };
      const stub = objectOf({ deployment, env, config }, caller.tenant, shard);
      return ask(stub, { ...commonOf(exchange), shard, target });
    }),
  );
  const replies = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const opened = replies.filter((reply) => "socket" in reply);
  if (opened.length === settled.length) return { opened };
  for (const { socket } of opened) leave(socket);
  const refused = replies.find((reply) => reply.error !== undefined);
  if (refused?.error) return { error: refused.error };
  throw settled.find((one) => one.status === "rejected")?.reason;
}

/**
 * openAgain opens a watch anew that has ended before its time, behind what has been read of it: the
 * version of one operation, or the stamp of the last change of one of the tenant's objects.
 */
export function openAgain(
  exchange: Asked,
  of: { readonly id: string } | { readonly shard: number },
  read: number | undefined,
): Promise<Opened | Reply<Snapshot>> {
  const { url, deployment, env, config, caller } = exchange;
  const common = commonOf(exchange);
  if ("id" in of) {
    const stub = stubOf(exchange, of.id);
    if (!stub) return Promise.resolve({ error: notFound(of.id) });
    const target = read === undefined ? { id: of.id } : { id: of.id, after: read };
    return ask(stub, { ...common, shard: 0, target });
  }
  const filtered = decodeFilter(url.searchParams);
  if (filtered.error) return Promise.resolve(filtered);
  const { filter } = filtered;
  const target = read === undefined ? { filter } : { filter, since: read };
  const stub = objectOf({ deployment, env, config }, caller.tenant, of.shard);
  return ask(stub, { ...common, shard: of.shard, target });
}

/** leave closes a socket that nobody has read from. */
export function leave(socket: WebSocket): void {
  socket.accept();
  socket.close(1000, "done");
}

async function ask(
  stub: { fetch(url: string, init: RequestInit): Promise<Response> },
  command: WatchCommand,
): Promise<(Opened & { readonly error?: never }) | Reply<Snapshot>> {
  const response = await stub.fetch(watchUrl(command), { headers: { upgrade: "websocket" } });
  const socket = response.webSocket;
  if (!socket) return response.json<Reply<Snapshot>>();
  const position = decodePosition(response.headers.get("x-position") ?? "") ?? new Map();
  return { socket, position };
}

function commonOf({ caller, origin }: Asked): Pick<WatchCommand, "origin" | "mayCancel"> {
  return { origin, mayCancel: allows(caller, "write") };
}

function isKnown({ version }: Operation, after: number | undefined): boolean {
  return after !== undefined && after >= version;
}
