import type { Ledger, Monitor } from "./ledger.ts";
import type { Pauses } from "./pauses.ts";
import { type Deed, external, type Work } from "./plan.ts";
import { nameOf } from "./runtime/network.ts";
import type { World } from "./runtime/world.ts";
import type { Answer, Service } from "./service.ts";

type Claim = Extract<Deed, { type: "claim" }>;

/** work is what waiting workers are made to do. */
const work: Work = { kind: "resize", input: { n: 1 }, ttl: "60s", deadline: "60s" };

/** Workers are those elsewhere who claim external work and end it, well or not. */
export class Workers {
  /** Every attempt that some worker was given. */
  readonly #given = new Set<string>();
  readonly #world: World;
  readonly #service: Service;
  readonly #ledger: Ledger;
  readonly #pauses: Pauses;

  constructor(world: World, service: Service, ledger: Ledger, pauses: Pauses) {
    this.#pauses = pauses;
    this.#world = world;
    this.#service = service;
    this.#ledger = ledger;
  }

  async claim(deed: Claim): Promise<void> {
    const { kinds, max, wait, lease } = deed;
    const json = { kinds, max, lease: `${lease}ms` };
    const before = this.#pauses.of(kinds);
    const answer = await this.#service.ask("POST", `/operations:claim?wait=${wait}ms`, { json });
    this.#pauses.check(before, answer?.status === 200 ? JSON.parse(answer.body).operations : []);
    const works = this.#taken(answer).map((monitor) => this.#do(deed, monitor));
    await Promise.all(works);
  }

  /** finish claims all there is, and completes it. */
  async finish(): Promise<void> {
    for (let round = 0; round < 20; round++) {
      const json = { kinds: external, max: 100, lease: "60000ms" };
      const taken = this.#taken(await this.#service.ask("POST", "/operations:claim", { json }));
      if (taken.length === 0) return;
      for (const monitor of taken) await this.#end(monitor, "complete", { result: "done" });
    }
  }

  /**
   * wait has workers wait again and again for the same, and ends some of their requests. What is made a while later must
   * soon be taken, for as long as somebody waits.
   *
   * @param kill ends a request that is under way
   */
  async wait(kill: (which: number) => void): Promise<void> {
    const { random } = this.#service;
    const taken = new Set<string>();
    const works: Promise<unknown>[] = [];
    let waiting = 0;
    let isOver = false;
    const wait = async () => {
      const kinds = random.pick([["resize"], ["resize"], external]);
      while (!isOver) {
        waiting += 1;
        const json = { kinds, max: random.pick([1, 1, 3]), lease: "60s" };
        const path = `/operations:claim?wait=${random.pick(["20s", "2s", "50ms"])}`;
        const answer = await this.#service.ask("POST", path, { json });
        waiting -= 1;
        for (const monitor of this.#taken(answer)) {
          taken.add(monitor.id);
          works.push(this.#end(monitor, "complete", { result: "waited" }));
        }
        // A worker whose request ends without an answer does not come back.
        if (answer === undefined) return;
        await scheduler.wait(random.pick([0, 0, 500]));
      }
    };
    const waits = Array.from({ length: 3 + random.below(8) }, wait);
    // By then none makes a claim for others, who would not learn for long that it is lost.
    await scheduler.wait(random.between(200, 1_000));
    for (let kills = random.below(4); kills > 0; kills--) kill(random.below(16));
    // In this time the others notice, and listen instead.
    await scheduler.wait(8_000);
    const turn = random.pick([0, 0, -10_000, 10_000]);
    this.#world.turnClock(turn);
    const made: string[] = [];
    for (let count = 1 + random.below(6); count > 0; count--) {
      const answer = await this.#service.ask("POST", "/operations", { json: work });
      if (answer?.status !== 202) continue;
      const monitor = JSON.parse(answer.body) as Monitor;
      made.push(this.#ledger.acknowledged(monitor, work).id);
    }
    // A turned clock makes workers seem lost until they next look, or alive although their requests have ended.
    await scheduler.wait(turn === 0 ? 1_500 : 8_000);
    const left = made.filter((id) => !taken.has(id)).length;
    if (left > 0 && waiting > 0) {
      const message = `${waiting} workers wait, and nobody tells them of ${left} operations`;
      this.#world.fail("S22", message);
    }
    this.#world.turnClock(-turn);
    isOver = true;
    await Promise.all(waits);
    await Promise.all(works);
  }

  #taken(answer: Answer | undefined): Monitor[] {
    if (answer?.status !== 200) return [];
    const { operations } = JSON.parse(answer.body) as { operations: Monitor[] };
    for (const monitor of operations) {
      this.#ledger.see(monitor, { version: 0, at: 0 });
      const name = nameOf(monitor);
      if (this.#given.has(monitor.id + monitor.attempt)) {
        this.#world.fail("S5", `attempt ${name} was given to two workers`);
      }
      this.#given.add(monitor.id + monitor.attempt);
    }
    return operations;
  }

  async #do({ does, after, lease }: Claim, monitor: Monitor): Promise<void> {
    if (does === "vanish") return;
    await scheduler.wait(does === "late" ? lease + after + 500 : after);
    if (does === "report") {
      const json = { attempt: monitor.attempt, percentComplete: 50, lease: "5s" };
      await this.#service.ask("PATCH", `/operations/${monitor.id}`, { json });
      await scheduler.wait(after);
    }
    if (does === "release") {
      this.#ledger.releasing(monitor.id);
      return this.#end(monitor, "release", {});
    }
    if (does === "fail" || does === "give up") {
      const error = { code: "worker_failed", message: "as planned" };
      return this.#end(monitor, "fail", { error, retryable: does === "fail" });
    }
    return this.#end(monitor, "complete", { result: { by: monitor.attempt } });
  }

  async #end({ id, attempt }: Monitor, how: string, more: object): Promise<void> {
    for (let tries = 0; tries < 4; tries++) {
      const json = { attempt, ...more };
      const answer = await this.#service.ask("POST", `/operations/${id}:${how}`, { json });
      if (answer?.status === 200) {
        const ended = JSON.parse(answer.body) as Monitor;
        this.#ledger.see(ended, { version: 0, at: 0 });
        if (ended.attempt !== attempt) {
          const message = `attempt ${nameOf({ id, attempt })} was ended at attempt ${ended.attempt}`;
          this.#world.fail("S6", message);
        }
        return;
      }
      if (answer && answer.status < 500) return;
      await scheduler.wait(200);
    }
  }
}
