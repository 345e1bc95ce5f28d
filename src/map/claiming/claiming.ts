import { stackOf } from "../../base/log.ts";
import { parseId } from "../../core/id.ts";
import type { ClaimCommand, Claimed } from "../../core/work.ts";
import type { Listener, Part } from "../../object/calls.ts";
import type { Caller } from "../joining/call.ts";
import { joined } from "../joining/joined.ts";
import type { TenantPlace } from "../place.ts";
import type { Shards } from "../shards.ts";
import { claimInTurn } from "./claim-in-turn.ts";
import { ObjectClaims } from "./object-claims.ts";
import type { Claimant } from "./open-claim.ts";

/**
 * Claiming claims for one worker. Claims that come together are made as one: each object is asked for all of them. What
 * was claimed for a worker that has gone away is given back, and does not count as an attempt.
 */
export class Claiming {
  readonly place: TenantPlace;
  readonly shards: Shards;
  /** Aborts when the worker goes away. */
  readonly signal: AbortSignal;

  constructor(place: TenantPlace, shards: Shards, signal: AbortSignal) {
    this.place = place;
    this.shards = shards;
    this.signal = signal;
  }

  /** claim returns what there is to claim in any object, at once. */
  claim(command: ClaimCommand): Promise<readonly Claimed[]> {
    return this.#claim(command, undefined);
  }

  /** claimAt returns what there is to claim in one object, and in all if that one fails. */
  async claimAt(shard: number, command: ClaimCommand): Promise<readonly Claimed[]> {
    try {
      return await this.#claim(command, shard);
    } catch (thrown) {
      failed(this.place, thrown);
      return this.claim(command);
    }
  }

  async #claim(command: ClaimCommand, shard: number | undefined): Promise<readonly Claimed[]> {
    const { place, signal } = this;
    const claimant: Claimant = { command, isGone: signal.aborted };
    const leave = () => {
      claimant.isGone = true;
    };
    signal.addEventListener("abort", leave);
    const caller = new ClaimCaller(place, this.shards, shard);
    const to = shard ?? 0;
    const call = { to, args: claimant, size: 0, isSafe: false, lingers: true };
    try {
      const queue = shard === undefined ? "claim" : "claim-at";
      const claimed = (await joined(place, queue, call, caller)) as readonly Claimed[];
      if (!claimant.isGone) return claimed;
      this.#giveBack(claimed);
      return [];
    } catch (thrown) {
      // Whatever is claimed for it from now on is given back.
      leave();
      throw thrown;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  #giveBack(claimed: readonly Claimed[]): void {
    for (const [shard, own] of Map.groupBy(claimed, ({ op }) => parseId(op.id)?.shard ?? 0)) {
      const released = new ObjectClaims(this.shards.at(shard)).release(own);
      this.place.keep(released.catch((thrown) => failed(this.place, thrown)));
    }
  }
}

/** ClaimCaller makes claims with the stubs of one request. */
class ClaimCaller implements Caller<Claimant> {
  readonly #place: TenantPlace;
  readonly #shards: Shards;
  readonly #shard: number | undefined;

  constructor(place: TenantPlace, shards: Shards, shard: number | undefined) {
    this.#place = place;
    this.#shards = shards;
    this.#shard = shard;
  }

  async alone(claimant: Claimant): Promise<unknown> {
    const [[, settled] = []] = await this.together([claimant], undefined);
    if (!settled) throw new Error("A single claim has no outcome");
    if ("thrown" in settled) throw settled.thrown;
    return settled.value;
  }

  together(claimants: readonly Claimant[], listener: Listener | undefined): Promise<Part> {
    const shard = this.#shard;
    const stubs = shard === undefined ? this.#shards.all() : [this.#shards.at(shard)];
    const objects = stubs.map((stub) => new ObjectClaims(stub));
    return claimInTurn(objects, claimants, {
      keep: (promise) => this.keep(promise),
      failed: (thrown) => failed(this.#place, thrown),
      told: (part) => void listener?.told(part),
    });
  }

  isRefused(): boolean {
    return false;
  }

  keep(promise: Promise<unknown>): void {
    this.#place.keep(promise);
  }
}

function failed({ log }: TenantPlace, thrown: unknown): void {
  log.error("object skipped", { stack: stackOf(thrown) });
}
