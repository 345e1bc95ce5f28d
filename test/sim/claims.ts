import type { ClaimedAttempt } from "../../src/core/work.ts";
import type { World } from "./runtime/world.ts";

/** slack is for how long a claim whose client has gone may still be handed something, in milliseconds. */
const slack = 15_000;

/**
 * Claims knows what Workers have claimed, and that each attempt is in an answer or was given back. One request may claim
 * for others, so it does not matter whose answer that is.
 */
export class Claims {
  readonly #open = new Map<string, number>();
  /** When there were claims without an answer that a client has read. */
  readonly #unread: { readonly from: number; readonly to: number }[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** taken says what an object has handed out to a Worker. */
  taken(attempts: readonly ClaimedAttempt[]): void {
    for (const one of attempts) this.#open.set(nameOf(one), Date.now());
  }

  /** released says what a Worker has given back. */
  released(attempts: readonly ClaimedAttempt[]): void {
    for (const one of attempts) this.#open.delete(nameOf(one));
  }

  /** answered says what a client has received. */
  answered(attempts: readonly ClaimedAttempt[]): void {
    this.released(attempts);
  }

  /** unread says that the client of a claim that was made at `from` has no answer. */
  unread(from: number): void {
    this.#unread.push({ from, to: Date.now() + slack });
  }

  /** check fails for what is in no answer, though all clients had one at that time. */
  check(): void {
    for (const [name, at] of this.#open) {
      if (this.#unread.some(({ from, to }) => from <= at && at <= to)) continue;
      this.#world.fail("S13", `a claim took ${name.slice(-7)}, and no answer has it`);
    }
    this.#open.clear();
  }
}

function nameOf({ id, attempt }: ClaimedAttempt): string {
  return `${id}/${attempt}`;
}
