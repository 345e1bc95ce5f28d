import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { OutputPlace } from "../../core/output.ts";
import type { Created, Reply, Snapshot } from "../../core/reply.ts";
import type { Claimable, ClaimWaiters } from "./claim-waiters.ts";
import { type ClaimWaitCommand, socketCommandOf, type WaitCommand } from "./command.ts";
import { crowded, type Sockets } from "./sockets.ts";
import { Waiters } from "./waiters.ts";
import type { WatchCommand } from "./watch-command.ts";
import type { Watchers } from "./watchers.ts";

/** Surroundings are what Upgrades needs of the object. */
export interface Surroundings {
  readonly sockets: Sockets;
  readonly waiters: Waiters;
  readonly watchers: Watchers;
  readonly claimers: ClaimWaiters;
  /** settled returns an operation in its current state, or why there is none, once its due time has been handled. */
  settled(id: string): Promise<Reply<Snapshot>>;
  /** snapshot returns an operation as it is in the map. */
  snapshot(id: string): Reply<Snapshot>;
  /** isAtWork returns whether the current attempt of an operation is running in this object. */
  isAtWork(op: Operation): boolean;
  /** hasOutput returns whether there is output for a reader who has read up to an offset. */
  hasOutput(snapshot: Snapshot, place: OutputPlace): boolean;
  /** claimable returns how many operations of these kinds can be claimed. */
  claimable(kinds: readonly string[]): number;
  /** crowded is called when somebody may not wait because the limit has been reached. */
  crowded(): void;
}

/**
 * Upgrades responds to those who want to wait or watch: with JSON if there is nothing to wait for, with a refusal at
 * the limit of waits, and otherwise with a socket.
 */
export class Upgrades {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** isCrowded returns whether the limit of waits here, on sockets or inside creates, has been reached. */
  get isCrowded(): boolean {
    const { sockets, waiters } = this.#around;
    return sockets.isFull(Date.now(), waiters.inEvent);
  }

  /**
   * accept responds to an upgrade. A wait gets a socket whose first frame is the current state and whose last is the
   * state that ended the wait. A wait for something to claim gets a socket that signals when there is something. A
   * watch gets a socket that receives every change.
   */
  async accept(url: string): Promise<Response> {
    const command = socketCommandOf(url);
    switch (command.type) {
      case "wait":
        return this.#wait(command);
      case "claim":
        return this.#waitForWork(command);
      case "watch":
        return this.#watch(command.watch);
    }
  }

  /**
   * ended returns what a create has created once that has ended or `linger` milliseconds have passed, and immediately
   * at the limit of waits.
   */
  async ended(made: Reply<Created>, linger: number): Promise<Reply<Created>> {
    if (linger === 0 || made.error || isTerminal(made.op)) return made;
    const { id } = made.op;
    // An operation that existed before, or short work, may have ended since, in the same group of writes.
    const isCurrent = !made.replayed && this.#around.isAtWork(made.op);
    const present = isCurrent ? made : this.#around.snapshot(id);
    if (!present.error && isTerminal(present.op)) return { ...made, ...present };
    if (this.isCrowded) return made;
    const since = Date.now();
    const ended = await this.#around.waiters.finished(id, linger);
    const now: Reply<Snapshot> = ended ?? this.#around.snapshot(id);
    const held = Date.now() - since;
    return now.error ? { ...made, held } : { ...made, ...now, held };
  }

  async #wait(command: WaitCommand): Promise<Response> {
    const reply = await this.#around.settled(command.id);
    if (reply.error || Waiters.isSatisfied(reply, command.after)) return Response.json(reply);
    if (command.reads && this.#around.hasOutput(reply, command.reads)) return Response.json(reply);
    return this.isCrowded ? this.#refused() : this.#around.waiters.accept(reply, command);
  }

  #waitForWork(command: ClaimWaitCommand): Response {
    if (this.isCrowded) return this.#refused();
    const { claimers } = this.#around;
    const claimable = this.#around.claimable(command.kinds);
    if (claimable > 0) {
      const others = claimers.has(command.kinds);
      return Response.json({ claimable, others } satisfies Claimable);
    }
    return claimers.accept(command);
  }

  async #watch(command: WatchCommand): Promise<Response> {
    const { target } = command;
    const { watchers } = this.#around;
    if (!("id" in target)) {
      return this.isCrowded ? this.#refused() : watchers.acceptAll(Date.now(), command, target);
    }
    const reply = await this.#around.settled(target.id);
    if (reply.error || isTerminal(reply.op)) return Response.json(reply);
    return this.isCrowded ? this.#refused() : watchers.acceptOne(reply, command, target);
  }

  #refused(): Response {
    this.#around.crowded();
    return Response.json({ error: crowded });
  }
}
