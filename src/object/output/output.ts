import { type Failure, failure, notFound } from "../../core/errors.ts";
import { maxOutput } from "../../core/limits.ts";
import { isReporting } from "../../core/operation/attempts.ts";
import type { Event } from "../../core/operation/event.ts";
import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import { encodeOutputFrame, type OutputPage, type OutputPlace } from "../../core/output.ts";
import type { Reply, Snapshot } from "../../core/reply.ts";
import type { OutputWrite } from "../../core/work.ts";
import type { At, Follow, Follower } from "../map/followers.ts";
import { eachOf, isOpen, type Sockets } from "../sockets/sockets.ts";
import { outputTag } from "../sockets/waiters.ts";
import type { OutputStore } from "./output-store.ts";

/** mostTold is how many bytes one frame contains; readers fetch more themselves. */
const mostTold = 16 * 1024;

/** Surroundings are what Output needs of the object. */
export interface Surroundings {
  readonly store: OutputStore;
  readonly sockets: Sockets;
  send(id: string, event: Event): Reply<Snapshot>;
  /** kept returns how much of an operation's output stays when its next attempt begins, in bytes. */
  kept(id: string): number;
  /** held runs something once the rows written so far are committed. */
  held(follow: () => void): void;
}

/**
 * Output stores what work writes while it runs. An attempt appends to what is kept of earlier attempts. Everything
 * after that is cut off when the attempt begins, and never read as part of its own output.
 */
export class Output implements Follower {
  readonly event = "output";
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /**
   * write appends what the current attempt has written. Bytes that `offset` shows to be stored already are not stored
   * again.
   *
   * @returns the output's size, in bytes
   */
  write(id: string, write: OutputWrite): Reply<{ size: number }> {
    const { store, send, held } = this.#around;
    const { attempt, offset } = write;
    const reply = send(id, { type: "tick" });
    if (reply.error) return { error: notFound(id) };
    const refused = refusal(reply.op, write);
    if (refused) return { error: refused };
    const size = store.size(id);
    if (offset !== undefined && offset > size) {
      const message = `The output of operation ${id} ends at ${size}, before ${offset}`;
      return { error: failure("precondition-failed", message) };
    }
    const bytes = write.bytes.subarray(offset === undefined ? 0 : size - offset);
    if (bytes.length === 0) return { size };
    if (size + bytes.length > maxOutput) {
      const message = `The output is larger than ${maxOutput} bytes`;
      return { error: failure("payload-too-large", message) };
    }
    if (!reply.op.hasOutput) send(id, { type: "progress", attempt, hasOutput: true });
    store.append(id, attempt, bytes);
    held(() => this.#tell(id, attempt, size, bytes));
    return { size: size + bytes.length };
  }

  /**
   * read returns what is stored from an offset on, or from before it if the output has been cut off there meanwhile.
   */
  read({ op }: Snapshot, { attempt = op.attempt, offset: asked }: OutputPlace): OutputPage {
    const { store } = this.#around;
    const size = op.hasOutput ? store.size(op.id) : 0;
    const changed = size > 0 ? store.changedFrom(op.id, attempt, asked) : undefined;
    const offset = Math.min(asked, size, changed ?? size);
    const bytes = offset < size ? store.page(op.id, offset) : new Uint8Array();
    const isOver = isTerminal(op) && offset + bytes.length === size;
    const { attempt: current, status, version } = op;
    return { attempt: current, offset, bytes, isOver, status, version };
  }

  /** isBehind returns whether there is more for a reader who has read up to an offset. */
  isBehind(snapshot: Snapshot, place: OutputPlace): boolean {
    const { offset, bytes } = this.read(snapshot, place);
    return offset !== place.offset || bytes.length > 0;
  }

  /** size returns how much an operation has written, in bytes. */
  size({ id, hasOutput }: Operation): number {
    return hasOutput ? this.#around.store.size(id) : 0;
  }

  /**
   * changed cuts off what earlier attempts have written, except for what is kept, when an attempt begins. An attempt
   * that undoes steps writes nothing.
   */
  changed(before: Operation | undefined, { op }: Snapshot, _: At): Follow {
    if (!before?.hasOutput || op.attempt === before.attempt || op.compensation) return undefined;
    const { store, kept } = this.#around;
    const offset = kept(op.id);
    if (store.size(op.id) <= offset) return undefined;
    store.cut(op.id, offset);
    return () => this.#tell(op.id, op.attempt, offset);
  }

  /** forget removes the output of an operation. For one without output it costs nothing. */
  forget({ id, hasOutput }: Operation): void {
    if (hasOutput) this.#around.store.remove(id);
  }

  #tell(id: string, attempt: number, offset: number, written = new Uint8Array()): void {
    const bytes = written.length > mostTold ? new Uint8Array() : written;
    let frame: ArrayBuffer | undefined;
    eachOf(this.#around.sockets.of("wait", outputTag(id)), (socket) => {
      frame ??= encodeOutputFrame({ attempt, offset, bytes });
      if (isOpen(socket)) socket.send(frame);
    });
  }
}

/** Returns why an attempt may not write: it is not the current one, or not the caller's. */
function refusal(op: Operation, { attempt, isExternal }: OutputWrite): Failure | undefined {
  const isTheirs = (op.external ?? false) === isExternal;
  if (isTheirs && isReporting(op, attempt)) return undefined;
  const code =
    isTheirs && isTerminal(op) && attempt === op.attempt ? "already-terminal" : "stale-attempt";
  const stands = `it is ${op.status} at attempt ${op.attempt}`;
  return failure(code, `Attempt ${attempt} of operation ${op.id} cannot write output: ${stands}`);
}
