import type { Monitor } from "./ledger.ts";
import type { World } from "./runtime/world.ts";
import type { Service } from "./service.ts";

/** Pause is a kind that is known to be paused, until somebody asks for it to go on. */
interface Pause {
  readonly kind: string;
}

/** Pauses pause kinds for a while, and hold what is handed out and made meanwhile against that. */
export class Pauses {
  readonly #known = new Map<string, Pause>();
  /** Kinds that were ever asked to be paused. */
  readonly #asked = new Set<string>();
  readonly #world: World;
  readonly #service: Service;
  #open = 0;
  #isOver = false;

  constructor(world: World, service: Service) {
    this.#world = world;
    this.#service = service;
  }

  /** pause pauses a kind for so many milliseconds, unless it is paused already. */
  async pause(kind: string, milliseconds: number): Promise<void> {
    if (this.#asked.has(kind) || this.#isOver) return;
    this.#asked.add(kind);
    this.#open += 1;
    try {
      if (await this.#ask(kind, true)) this.#known.set(kind, { kind });
    } finally {
      // It may have been resumed meanwhile, before this came through.
      this.#asked.add(kind);
      this.#open -= 1;
    }
    await scheduler.wait(milliseconds);
    if (!this.#isOver) await this.#resume(kind);
  }

  /** over has all kinds go on, once nothing goes wrong any more. */
  async over(): Promise<void> {
    this.#isOver = true;
    do {
      for (const kind of [...this.#asked]) await this.#resume(kind);
      if (this.#open > 0) await scheduler.wait(1_000);
    } while (this.#open > 0 || this.#asked.size > 0);
  }

  /** of are the pauses that hold as something is asked for. */
  of(kinds: readonly string[]): readonly Pause[] {
    return kinds.flatMap((kind) => this.#known.get(kind) ?? []);
  }

  /** check looks at what was answered to what was asked for under some pauses, if they hold still. */
  check(before: readonly Pause[], begun: readonly Monitor[]): void {
    for (const pause of before) {
      const one = begun.find(({ kind }) => kind === pause.kind);
      if (!one || this.#known.get(pause.kind) !== pause) continue;
      this.#world.fail("S19", `${pause.kind} is paused, and ${one.id} has begun`);
    }
  }

  async #resume(kind: string): Promise<void> {
    this.#known.delete(kind);
    if (await this.#ask(kind, false)) this.#asked.delete(kind);
  }

  async #ask(kind: string, paused: boolean): Promise<boolean> {
    for (let tries = 0; tries < 3; tries++) {
      const json = { paused };
      const answer = await this.#service.ask("PATCH", `/kinds/${kind}`, { json });
      if (answer?.status === 200) return true;
      await scheduler.wait(200);
    }
    return false;
  }
}
