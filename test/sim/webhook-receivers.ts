import { isTerminal, type Ledger, type Monitor } from "./ledger.ts";
import { Random } from "./runtime/random.ts";
import type { World } from "./runtime/world.ts";

/** WebhookReceivers are everything outside that code under test sends to. */
export class WebhookReceivers {
  /** What was taken with a 2xx. */
  readonly told = new Set<string>();
  /** From then on every receiver takes what it is told. */
  areGood = false;
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #random: Random;

  constructor(world: World, ledger: Ledger, seed: number) {
    this.#world = world;
    this.#ledger = ledger;
    this.#random = new Random(seed, "receivers");
  }

  async answer(
    request: Request,
  ): Promise<{ readonly after: number; readonly response?: Response }> {
    const text = await request.text();
    const monitor = JSON.parse(text) as Monitor;
    if (!isTerminal(monitor)) {
      this.#world.fail("S17", `a webhook was told of a ${monitor.status} operation`);
    }
    this.#ledger.see(monitor, { version: 0, at: 0 });
    const after = this.areGood ? 5 : this.#random.pick([0, 0, 5, 200, 20_000]);
    const kind = this.areGood ? 0 : this.#random.next();
    if (kind > 0.9) return { after };
    if (kind > 0.7) return { after, response: new Response(null, { status: 500 }) };
    if (after < 15_000) this.told.add(monitor.id);
    return { after, response: new Response(null, { status: 204 }) };
  }
}
