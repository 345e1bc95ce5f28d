import { failure } from "../../core/errors.ts";
import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import { encodePosition } from "../../core/position.ts";
import type { Snapshot } from "../../core/reply.ts";
// Protocols are a layer below: once the Worker has left the path, this object writes to the socket itself.
import {
  type AttemptNews,
  CloseCode,
  decodeMessage,
  encodeAttemptFrame,
  encodeDeletedFrame,
  encodeErrorFrame,
  encodeFrame,
  isTooLong,
} from "../../core/watching/frames.ts";
import { matches } from "../../core/watching/watch.ts";
import type { At, Follow, Follower } from "../map/followers.ts";
import type { Changes } from "../storage/changes.ts";
import { eachOf, isOpen, keptBy, type Sockets } from "./sockets.ts";
import type { AllTarget, OneTarget, WatchCommand } from "./watch-command.ts";

/** first is how many operations a watcher of a whole shard receives before the changes. */
export const first = 1_000;

/** windowSize is how many characters are sent to a watcher that is not heard from. */
export const windowSize = 8 * 1024 * 1024;

/** lifetime is how many characters are sent to one socket in total; then its watcher resumes on another. */
export const lifetime = 4 * windowSize;

/** Tags of getWebSockets; a waiter's is the bare id. */
const everything = "watch:*";
const tagOf = (id: string) => `watch:${id}`;

/** Encode writes an operation as JSON text, with URLs of an origin. */
type Encode = (snapshot: Snapshot, origin: string) => string;

/** How much was sent to a socket: since its reader was last heard from, and in total. */
interface Sent {
  heardAt: number | undefined;
  size: number;
  total: number;
}

/**
 * Watchers is the hibernating sockets of those who receive every change. A socket keeps its command while the object
 * sleeps, so an eviction loses none.
 *
 * - W1. On one socket, the versions of an operation only grow.
 * - W2. A terminal change is sent once, and nothing of the operation after it; the socket of a watcher of that
 *   operation alone is then closed as done.
 * - W3. Between the initial state that a watcher receives and the changes after it, no change is left out.
 * - W4. A reader that takes nothing is cut off: the runtime does not say how much it buffers for a hibernating socket,
 *   so what counts is how much was sent since the reader last sent `ping`. As a client can ping without reading, a
 *   socket has a lifetime too; those who read lose nothing by resuming.
 */
export class Watchers implements Follower {
  readonly event = "watchers";
  readonly #ctx: Pick<DurableObjectState, "getWebSocketAutoResponseTimestamp">;
  readonly #sockets: Sockets;
  readonly #encode: Encode;
  readonly #changes: Changes;
  readonly #unfinished: () => readonly string[] | undefined;
  readonly #sent = new WeakMap<WebSocket, Sent>();
  readonly #commands = new WeakMap<WebSocket, WatchCommand>();

  /**
   * @param encode writes an operation for a watcher
   * @param unfinished returns the IDs of all unfinished operations; undefined if there are many
   */
  constructor(
    ctx: DurableObjectState,
    sockets: Sockets,
    encode: Encode,
    changes: Changes,
    unfinished: () => readonly string[] | undefined,
  ) {
    this.#unfinished = unfinished;
    this.#ctx = ctx;
    this.#sockets = sockets;
    this.#changes = changes;
    this.#encode = encode;
    // The runtime responds without waking the object.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** acceptOne opens the socket of a watcher of one unfinished operation. */
  acceptOne(snapshot: Snapshot, command: WatchCommand, { id, after }: OneTarget): Response {
    const { client, server } = this.#sockets.open({ type: "watch", watch: command }, [tagOf(id)]);
    if (after === undefined || snapshot.op.version > after) {
      this.#tell(server, encodeFrame(this.#encode(snapshot, command.origin)));
    }
    return new Response(null, { status: 101, webSocket: client });
  }

  /**
   * acceptAll opens the socket of a watcher of the shard. It begins with the current state of the unfinished operations
   * or, if the watcher resumes, with everything that has changed since; after a thousand of those the socket is closed,
   * and the watcher resumes from there. `x-position` is the position before the first of them.
   */
  acceptAll(now: number, command: WatchCommand, { filter, since }: AllTarget): Response {
    const changes = this.#changes;
    const page =
      since === undefined
        ? { changes: changes.unfinished(filter, first, this.#unfinished()), hasMore: false }
        : changes.since(since, filter, now, first);
    const { client, server } = this.#sockets.open({ type: "watch", watch: command }, [everything]);
    for (const change of page.changes) {
      const position = positionOf(command, change.stamp);
      const frame = change.snapshot
        ? encodeFrame(this.#encode(change.snapshot, command.origin), position)
        : encodeDeletedFrame(change.id, position);
      this.#tell(server, frame);
    }
    if (page.hasMore) server.close(CloseCode.resume, "there is more: resume");
    const [earliest] = page.changes;
    const before = since ?? (earliest ? earliest.stamp - 1 : changes.last());
    const headers = { "x-position": positionOf(command, before) };
    return new Response(null, { status: 101, webSocket: client, headers });
  }

  /** changed sends an operation that has changed to its watchers. */
  changed(_: Operation | undefined, after: Snapshot, { stamp }: At): Follow {
    return this.#sockets.isUsed("watch") ? () => this.#toldOfChange(after, stamp) : undefined;
  }

  /** removed sends a removal to those who watch the shard, and stores it for later watchers: one row. */
  removed(op: Operation): Follow {
    return () => this.#toldOfRemoval(op, this.#changes.deleted(op, Date.now()));
  }

  /** toldOfAttempt sends what is new of an attempt to those watchers of its operation that ask for it. */
  toldOfAttempt(id: string, news: AttemptNews): void {
    let frame: string | undefined;
    eachOf(this.#sockets.of("watch", tagOf(id)), (socket) => {
      const target = this.#commandOf(socket)?.target;
      if (!isOpen(socket) || !target || !("attempts" in target)) return;
      frame ??= encodeAttemptFrame(id, news);
      this.#tell(socket, frame);
    });
  }

  #toldOfChange(snapshot: Snapshot, stamp: number): void {
    const { op } = snapshot;
    const frames = new Map<string, string>();
    const frameFor = ({ origin }: WatchCommand, position?: string) =>
      memo(frames, `${position} ${origin}`, () =>
        encodeFrame(this.#encode(snapshot, origin), position),
      );
    eachOf(this.#sockets.of("watch", tagOf(op.id)), (socket) => {
      const command = this.#commandOf(socket);
      if (!command || !isOpen(socket)) return;
      this.#tell(socket, frameFor(command));
      if (isTerminal(op) && isOpen(socket)) socket.close(CloseCode.done, "done");
    });
    eachOf(this.#sockets.of("watch", everything), (socket) => {
      const command = this.#commandOf(socket);
      if (!command || !isOpen(socket) || !("filter" in command.target)) return;
      if (!matches(op, command.target.filter)) return;
      this.#tell(socket, frameFor(command, positionOf(command, stamp)));
    });
  }

  #toldOfRemoval(op: Operation, stamp: number): void {
    for (const socket of this.#sockets.of("watch", everything)) {
      const command = this.#commandOf(socket);
      if (!command || !isOpen(socket) || !("filter" in command.target)) continue;
      if (!matches(op, command.target.filter)) continue;
      this.#tell(socket, encodeDeletedFrame(op.id, positionOf(command, stamp)));
    }
  }

  /**
   * hear handles a message. It returns the ID of the operation that the watcher asks to cancel, or undefined if there
   * is nothing more to do. It leaves sockets that are not a watcher's alone.
   */
  hear(socket: WebSocket, message: string | ArrayBuffer): string | undefined {
    const command = this.#commandOf(socket);
    if (!command || !isOpen(socket)) return undefined;
    if (isTooLong(message)) {
      socket.close(CloseCode.tooBig, "message too big");
      return undefined;
    }
    const heard = decodeMessage(message);
    if (heard.type === "ping") socket.send('{"type":"pong"}');
    else if (heard.type === "unknown") socket.send(encodeErrorFrame(heard.failure));
    else if (!("id" in command.target)) {
      const text = "Watch one operation to cancel it by its socket";
      socket.send(encodeErrorFrame(failure("validation-failed", text)));
    } else if (!command.mayCancel) {
      socket.send(encodeErrorFrame(failure("forbidden", "The token lacks the scope write")));
    } else return command.target.id;
    return undefined;
  }

  /** #tell sends a frame to a reader that keeps up, and closes the socket of one that does not (W4). */
  #tell(socket: WebSocket, frame: string): void {
    const heardAt = this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime();
    let sent = this.#sent.get(socket);
    if (!sent || sent.heardAt !== heardAt) {
      sent = { heardAt, size: 0, total: sent?.total ?? 0 };
      this.#sent.set(socket, sent);
    }
    sent.size += frame.length;
    sent.total += frame.length;
    if (sent.size > windowSize) socket.close(CloseCode.slow, "too slow: send ping, and resume");
    else if (sent.total > lifetime) socket.close(CloseCode.resume, "long enough: resume");
    else socket.send(frame);
  }

  #commandOf(socket: WebSocket): WatchCommand | undefined {
    const known = this.#commands.get(socket);
    if (known) return known;
    const kept = keptBy(socket);
    if (kept?.type !== "watch") return undefined;
    this.#commands.set(socket, kept.watch);
    return kept.watch;
  }
}

function positionOf({ shard }: WatchCommand, stamp: number): string {
  return encodePosition(new Map([[shard, stamp]]));
}

function memo(known: Map<string, string>, key: string, make: () => string): string {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
