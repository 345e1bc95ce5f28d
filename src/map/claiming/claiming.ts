import { stackOf } from "../../base/log.ts";
import { parseId } from "../../core/id.ts";
import { type ClaimCommand, type Claimed, maxClaim } from "../../core/work.ts";
import { lacks } from "../../object/address.ts";
import type { Listener, Part } from "../../object/calls.ts";
import type { Caller } from "../joining/call.ts";
import { joined } from "../joining/joined.ts";
import type { TenantPlace } from "../place.ts";
import type { Shards } from "../shards.ts";
import { claimInTurn } from "./claim-in-turn.ts";
import { ObjectClaims } from "./object-claims.ts";
import type { Claimant } from "./open-claim.ts";

/**
 * perOperation is what one operation counts towards the size of a group of claims, in characters: a group is handed no
 * more operations than one claim may be, because they come with their metadata. The object counts the inputs.
 */
const perOperation = Math.floor((4 * 1024 * 1024) / maxClaim);

/** noneFirst is where claims go that may begin with any object. */
const noneFirst = -1;

/** quick is how long claims may take, in milliseconds, before they hold up no others. */
const quick = 10;

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

  /**
   * claim returns what there is to claim, at once.
   *
   * @param first the object that is asked first, and alone if it has enough; by default, a random one
   */
  async claim(command: ClaimCommand, first?: number): Promise<readonly Claimed[]> {
    const { place, signal } = this;
    const claimant: Claimant = { command, isGone: signal.aborted };
    const leave = () => {
      claimant.isGone = true;
    };
    signal.addEventListener("abort", leave);
    const caller = new ClaimCaller(place, this.shards, first);
    const size = command.max * perOperation;
    const call = { to: first ?? noneFirst, args: claimant, size, isSafe: false, lingers: true };
    try {
      const claimed = (await joined(place, "claim", call, caller)) as readonly Claimed[];
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

  /** passOn says that nothing comes here of a signal, so that workers elsewhere are told. */
  async passOn(shard: number, kinds: readonly string[]): Promise<void> {
    try {
      await this.shards.at(shard).wakeWorkers(kinds);
    } catch (thrown) {
      // An object with older code tells them when it next has work.
      if (!lacks(thrown, "wakeWorkers")) failed(this.place, thrown);
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
  readonly #first: number | undefined;

  constructor(place: TenantPlace, shards: Shards, first: number | undefined) {
    this.#place = place;
    this.#shards = shards;
    this.#first = first;
  }

  async alone(claimant: Claimant): Promise<unknown> {
    const [[, settled] = []] = await this.together([claimant], undefined);
    if (!settled) throw new Error("A single claim has no outcome");
    if ("thrown" in settled) throw settled.thrown;
    return settled.value;
  }

  async together(claimants: readonly Claimant[], listener: Listener | undefined): Promise<Part> {
    const objects = this.#shards.all().map((stub) => new ObjectClaims(stub));
    const told = (part: Part) => void listener?.told(part);
    const timer = setTimeout(() => told([]), quick);
    const around = {
      keep: (promise: Promise<unknown>) => this.keep(promise),
      failed: (thrown: unknown) => failed(this.#place, thrown),
      told,
    };
    try {
      return await claimInTurn(objects, claimants, around, this.#first);
    } finally {
      clearTimeout(timer);
    }
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
