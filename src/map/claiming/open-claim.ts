import { type ClaimCommand, type Claimed, maxClaimInput } from "../../core/work.ts";
import type { Settled } from "../../object/calls.ts";
import type { ObjectClaims } from "./object-claims.ts";

/** Claimant is a worker that claims, as its request knows it: plain data, which other requests may read. */
export interface Claimant {
  readonly command: ClaimCommand;
  /** Whether it has gone away, or has given up. */
  isGone: boolean;
}

/** OpenClaim is a claim while objects are asked, one after another. */
export class OpenClaim {
  readonly #claimant: Claimant;
  readonly #command: ClaimCommand;
  readonly #claimed: Claimed[] = [];
  readonly #taken: (readonly [ObjectClaims, readonly Claimed[]])[] = [];
  #size = 0;
  #isClosed = false;
  /** How many objects have failed, and how the first one has. */
  #failures = 0;
  #thrown: unknown;
  #isPassedOver = false;

  /** @param command what it claims */
  constructor(claimant: Claimant, command = claimant.command) {
    this.#claimant = claimant;
    this.#command = command;
  }

  /** needs returns what another object should be asked for; undefined if nothing. */
  needs(): ClaimCommand | undefined {
    if (this.#claimant.isGone || this.#isClosed || this.#size >= maxClaimInput) return undefined;
    const left = this.#command.max - this.#claimed.length;
    if (left === this.#command.max) return this.#command;
    return left > 0 ? { ...this.#command, max: left } : undefined;
  }

  /** isEmpty returns whether it has nothing so far. */
  isEmpty(): boolean {
    return this.#claimed.length === 0;
  }

  /** take takes what an object has handed out, and returns what nobody needs any more. */
  take(object: ObjectClaims, found: readonly Claimed[]): readonly Claimed[] {
    const room = this.needs()?.max ?? 0;
    const kept = found.slice(0, room);
    this.#claimed.push(...kept);
    if (kept.length > 0) this.#taken.push([object, kept]);
    this.#size += kept.reduce((sum, { input }) => sum + input.length, 0);
    return found.slice(room);
  }

  /** passOver says that an object had handed out all that fits into one message before it came to this claim. */
  passOver(): void {
    this.#isPassedOver = true;
  }

  /** isToRepeat returns whether it has nothing, although there may be something. */
  isToRepeat(): boolean {
    return this.#isPassedOver && this.isEmpty() && !this.#claimant.isGone;
  }

  /** fail says that an object has failed. */
  fail(thrown: unknown): void {
    if (this.#failures === 0) this.#thrown = thrown;
    this.#failures += 1;
  }

  /** close ends the claim, and returns what has been claimed, or what the first object has thrown if all did. */
  close(objects: number): Settled {
    this.#isClosed = true;
    if (this.#failures === objects) return { thrown: this.#thrown };
    return { value: this.#claimant.isGone ? [] : this.#claimed };
  }

  /** left returns what is to be given back once it is closed: what it has, if its worker has gone. */
  left(): readonly (readonly [ObjectClaims, readonly Claimed[]])[] {
    return this.#claimant.isGone ? this.#taken : [];
  }
}
