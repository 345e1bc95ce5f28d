import { type Failure, notFound } from "../core/errors.ts";
import { decodePosition, type Position, stampOf } from "../core/position.ts";
import type { Reply, Snapshot } from "../core/reply.ts";
import type { WatchFilter } from "../core/watching/watch.ts";
import type { OperationsStub } from "../object/address.ts";
import { watchUrl } from "../object/sockets/command.ts";
import type { OneTarget, WatchCommand } from "../object/sockets/watch-command.ts";
import { leave } from "./listen.ts";
import type { TenantPlace } from "./place.ts";
import type { Shards } from "./shards.ts";

/** Opened is the near end of an object's socket, not yet accepted, and the position at which its watcher begins. */
export interface Opened {
  readonly socket: WebSocket;
  readonly position: Position;
}

/** Ended is an operation that had ended when its watcher came. */
export interface Ended extends Snapshot {
  /** Whether the watcher knew of the end before. */
  readonly isKnown: boolean;
}

/** OneWatch is a watch of one operation, or that operation if it has ended already. */
export type OneWatch =
  | { readonly error: Failure }
  | ({ readonly error?: never } & ({ readonly opened: Opened } | { readonly ended: Ended }));

/** AllWatch is a watch of every shard of a tenant. */
export type AllWatch =
  | { readonly error: Failure }
  | { readonly error?: never; readonly opened: readonly Opened[] };

/** Watcher is who watches. */
export interface Watcher {
  /** Whether it may cancel the operation that it watches. */
  readonly mayCancel: boolean;
  /** Whether it receives the log lines and steps of attempts. */
  readonly attempts?: boolean;
}

/** Watches opens the sockets on which objects send changes. */
export class Watches {
  readonly #origin: string;
  readonly #shards: Shards;

  constructor({ origin }: TenantPlace, shards: Shards) {
    this.#origin = origin;
    this.#shards = shards;
  }

  /**
   * one opens a watch of one operation, if there is something left to watch.
   *
   * @param after the version that the watcher knows
   */
  async one(id: string, after: number | undefined, watcher: Watcher): Promise<OneWatch> {
    const reply = await this.oneAgain(id, after, watcher);
    if ("socket" in reply) return { opened: reply };
    if (reply.error) return reply;
    const isKnown = after !== undefined && after >= reply.op.version;
    return { ended: { ...reply, isKnown } };
  }

  /** oneAgain is `one` for a watcher whose socket has closed early. */
  async oneAgain(
    id: string,
    after: number | undefined,
    { mayCancel, attempts = false }: Watcher,
  ): Promise<Opened | Reply<Snapshot>> {
    const stub = this.#shards.of(id);
    if (!stub) return { error: notFound(id) };
    const target: OneTarget = {
      id,
      ...(after !== undefined && { after }),
      ...(attempts && { attempts }),
    };
    return ask(stub, { origin: this.#origin, mayCancel, shard: 0, target });
  }

  /**
   * all opens a watch of every shard of the tenant; none stays open if one refuses or throws.
   *
   * @param position where the watcher resumes
   */
  async all(filter: WatchFilter, position: Position | undefined): Promise<AllWatch> {
    const settled = await Promise.allSettled(
      this.#shards
        .all()
        .map((_, shard) => this.shardAgain(shard, filter, position && stampOf(position, shard))),
    );
    const replies = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const opened = replies.filter((reply) => "socket" in reply);
    if (opened.length === settled.length) return { opened };
    for (const { socket } of opened) leave(socket);
    const refused = replies.find((reply) => reply.error !== undefined);
    if (refused?.error) return { error: refused.error };
    throw settled.find((one) => one.status === "rejected")?.reason;
  }

  /** shardAgain opens the watch of one shard, after what has been read of it. */
  shardAgain(
    shard: number,
    filter: WatchFilter,
    since: number | undefined,
  ): Promise<(Opened & { readonly error?: never }) | Reply<Snapshot>> {
    const target = since === undefined ? { filter } : { filter, since };
    const command = { origin: this.#origin, mayCancel: false, shard, target };
    return ask(this.#shards.at(shard), command);
  }
}

async function ask(
  stub: OperationsStub,
  command: WatchCommand,
): Promise<(Opened & { readonly error?: never }) | Reply<Snapshot>> {
  const response = await stub.fetch(watchUrl(command), { headers: { upgrade: "websocket" } });
  const socket = response.webSocket;
  if (!socket) return response.json<Reply<Snapshot>>();
  const position = decodePosition(response.headers.get("x-position") ?? "") ?? new Map();
  return { socket, position };
}
