import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { OutputPlace } from "../../core/output.ts";
import type { Created, Reply, Snapshot } from "../../core/reply.ts";
import type { ClaimWaiters } from "./claim-waiters.ts";
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
  /** settled returns an operation as it stands, or why there is none, once its time has been seen to. */
  settled(id: string): Promise<Reply<Snapshot>>;
  /** snapshot returns an operation as it stands in the map. */
  snapshot(id: string): Reply<Snapshot>;
  /** isAtWork says whether the present attempt of an operation is at work in this object. */
  isAtWork(op: Operation): boolean;
  /** hasOutput says whether there is something for a reader of output who has read up to a place. */
  hasOutput(snapshot: Snapshot, place: OutputPlace): boolean;
  /** isClaimable says whether there is something to claim of any of these kinds. */
  isClaimable(kinds: readonly string[]): boolean;
  /** crowded is told that somebody may not wait, since as many do as may. */
  crowded(): void;
}

/**
 * Upgrades answer those who come to wait or to watch: with JSON if there is nothing to wait for,
 * else with a socket, and with a refusal if as many wait as may.
 */
export class Upgrades {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** isCrowded says whether as many wait here as may, on sockets or in the answer of a create. */
  get isCrowded(): boolean {
    const { sockets, waiters } = this.#around;
    return sockets.isFull(Date.now(), waiters.inEvent);
  }

  /**
   * accept takes an upgrade. A wait is answered with a socket whose first frame is the present state,
   * and whose last is the state that ended the wait; a wait for something to claim with a socket that
   * says when; a watch with a socket that is told of every change.
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
   * ended returns what a create has made once that has ended or `linger` milliseconds have passed, and
   * at once if as many wait as may.
   */
  async ended(made: Reply<Created>, linger: number): Promise<Reply<Created>> {
    if (linger === 0 || made.error || isTerminal(made.op)) return made;
    const { id } = made.op;
    // What was made before, or short work, may have ended since, in the same group of writes.
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
    const { isClaimable, claimers } = this.#around;
    if (isClaimable(command.kinds)) return Response.json({ claimable: true });
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
