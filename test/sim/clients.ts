import { isTerminal, type Known, type Ledger, type Monitor } from "./ledger.ts";
import { Pauses } from "./pauses.ts";
import type { Deed, Work } from "./plan.ts";
import { shortId } from "./runtime/network.ts";
import type { World } from "./runtime/world.ts";
import type { Answer, Call, Service } from "./service.ts";
import { Watch } from "./watch.ts";
import { Workers } from "./workers.ts";

/** Made is a create of the plan, and what is known of what it made. */
interface Made {
  readonly work: Work;
  readonly key?: string;
  known?: Known;
  /** Asked, and never answered; so nobody knows whether it was made. */
  isOpen: boolean;
  /** Another request has been made with its key, which is that one's if this one is gone. */
  isMisused?: boolean;
}

type Of<T extends Deed["type"]> = Extract<Deed, { type: T }>;

/** Clients do the deeds of a plan. */
export class Clients {
  readonly watches: Watch[] = [];
  readonly pauses: Pauses;
  readonly #made: Made[] = [];
  readonly #world: World;
  readonly #service: Service;
  readonly #ledger: Ledger;
  readonly #workers: Workers;

  constructor(world: World, service: Service, ledger: Ledger) {
    this.#world = world;
    this.#service = service;
    this.#ledger = ledger;
    this.pauses = new Pauses(world, service);
    this.#workers = new Workers(world, service, ledger, this.pauses);
  }

  async do(deed: Deed): Promise<void> {
    switch (deed.type) {
      case "create":
        return this.#create(deed);
      case "rush":
        await Promise.all(deed.deeds.map((one) => this.do(one)));
        return;
      case "batch":
        return this.#batch(deed);
      case "again":
        return this.#again(deed.of);
      case "claim":
        return this.#workers.claim(deed);
      case "watch":
        return this.#watch(deed);
      case "drop":
        return this.watches[deed.which % this.watches.length]?.drop();
      case "resume":
        return this.watches[deed.which % this.watches.length]?.resume();
      case "pause":
        return this.pauses.pause(deed.kind, deed.for);
      case "list":
        return this.#list();
      case "stats":
      case "trends":
        await this.#service.ask(
          "GET",
          `/${deed.type}${deed.type === "trends" ? "?range=15m" : ""}`,
        );
        return;
      default:
        return this.#toOne(deed);
    }
  }

  /** settle repeats what was never answered until it is, as a client with a key may. */
  async settle(): Promise<void> {
    for (const made of this.#made) {
      for (let tries = 0; made.isOpen && made.key !== undefined; tries++) {
        if (tries > 5) return this.#world.fail("S8", "a create is not answered though all is well");
        await this.#post(made);
      }
    }
  }

  /** work does what is left for workers elsewhere, and answers what is asked. */
  async work(): Promise<void> {
    await this.#workers.finish();
    for (const { id } of this.#ledger.operations.values()) await this.#answer(id);
  }

  /** waitForWork has workers wait for work, some of whose requests end early. */
  async waitForWork(kill: (which: number) => void): Promise<void> {
    await this.#workers.wait(kill);
    await this.#workers.finish();
  }

  /** watchAgain has every watch come back, also one that was told all. */
  async watchAgain(): Promise<void> {
    for (const watch of this.watches) await watch.resume();
  }

  /** seeNothingLeft asks once all must be gone. */
  async seeNothingLeft(): Promise<void> {
    for (const watch of this.watches) watch.drop();
    await scheduler.wait(1_000);
    const answer = await this.#service.ask("GET", "/stats");
    const { operations, attempts, waiters } = JSON.parse(answer?.body ?? "{}");
    if (operations?.total === 0 && attempts === 0 && waiters === 0) return;
    this.#world.fail("S15", `nothing should be left, and stats say ${answer?.body.slice(0, 200)}`);
  }

  async readAll(): Promise<void> {
    for (const { id } of this.#ledger.operations.values()) await this.#service.read(id);
  }

  async #create(deed: Of<"create">): Promise<void> {
    const { work, key, wait } = deed;
    const made: Made = { work, isOpen: true, ...(key !== undefined && { key }) };
    this.#made.push(made);
    for (let tries = 0; tries < 4; tries++) {
      if (await this.#post(made, wait)) return;
      if (key === undefined) return;
      await scheduler.wait(100 * 2 ** tries);
    }
  }

  /** Whether there was an answer. */
  async #post(made: Made, wait?: number): Promise<boolean> {
    const { work, key } = made;
    const headers = {
      ...(key !== undefined && { "idempotency-key": key }),
      ...(wait !== undefined && { prefer: `wait=${Math.ceil(wait / 1_000)}` }),
    };
    const before = key === undefined ? this.pauses.of([work.kind]) : [];
    const answer = await this.#service.ask("POST", "/operations", { json: work, headers });
    // A version of the code without the kind does not know it; the next one does.
    if (!answer || answer.status >= 500 || answer.status === 404) return false;
    const monitor = monitorOf(answer);
    if (!monitor) {
      const isAnothers = made.isMisused && made.known && this.#ledger.mayBeGone(made.known.id);
      if (isAnothers && answer.status === 422) return true;
      this.#world.fail("S16", `a create is answered ${answer.status}: ${answer.body}`);
      return true;
    }
    if (monitor.attempt > 0) this.pauses.check(before, [monitor]);
    this.#acknowledge(made, monitor);
    return true;
  }

  #acknowledge(made: Made, monitor: Monitor): void {
    made.isOpen = false;
    const { known } = made;
    if (known && known.id !== monitor.id && !this.#ledger.mayBeGone(known.id)) {
      const message = `key ${made.key} made ${shortId(known.id)} and ${shortId(monitor.id)}`;
      this.#world.fail("S10", message);
    }
    made.known = this.#ledger.acknowledged(monitor, made.work);
  }

  async #batch({ works, keys }: Of<"batch">): Promise<void> {
    const all = works.map((work, index): Made => {
      const key = keys[index];
      return { work, isOpen: true, ...(key !== undefined && { key }) };
    });
    this.#made.push(...all);
    const operations = works.map((work, index) => ({
      ...work,
      ...(keys[index] !== undefined && { idempotencyKey: keys[index] }),
    }));
    for (let tries = 0; tries < 3; tries++) {
      const answer = await this.#service.ask("POST", "/operations:batchCreate", {
        json: { operations },
      });
      if (answer?.status === 200) {
        const entries = (JSON.parse(answer.body) as { operations: Monitor[] }).operations;
        for (const [index, entry] of entries.entries()) {
          const made = all[index];
          if (made && entry.id !== undefined) this.#acknowledge(made, entry);
        }
        return;
      }
      if (keys.length === 0) return;
      await scheduler.wait(200);
    }
  }

  async #again(of: number): Promise<void> {
    const made = this.#made[of % this.#made.length];
    if (made?.key === undefined) return;
    await this.#post(made);
  }

  async #watch({ transport, of }: Of<"watch">): Promise<void> {
    const known = this.#made[of % this.#made.length]?.known;
    if (!known) return;
    const watch = new Watch(this.#world, this.#service, this.#ledger, transport, known.id);
    this.watches.push(watch);
    await watch.resume();
  }

  async #list(): Promise<void> {
    const before = new Map(
      [...this.#ledger.operations.keys()].map((id) => [id, this.#ledger.before(id)]),
    );
    const at = this.#world.queue.now;
    const answer = await this.#service.ask("GET", "/operations?limit=1000");
    if (answer?.status !== 200) return;
    const { operations } = JSON.parse(answer.body) as { operations: Monitor[] };
    for (const monitor of operations) {
      this.#ledger.see(monitor, before.get(monitor.id) ?? { version: 0, at });
    }
    const listed = new Set(operations.map(({ id }) => id));
    for (const id of before.keys()) if (!listed.has(id)) this.#ledger.missing(id);
  }

  async #toOne(deed: Exclude<Deed, { of?: never }>): Promise<void> {
    if (!("of" in deed)) return;
    const made = this.#made[deed.of % Math.max(1, this.#made.length)];
    const known = made?.known;
    if (!known) return;
    const { id } = known;
    switch (deed.type) {
      case "get":
        await this.#service.read(id);
        return;
      case "result":
        await this.#service.ask("GET", `/operations/${id}/result`);
        return;
      case "deliveries":
        await this.#service.ask("GET", `/operations/${id}/deliveries`);
        return;
      case "redeliver":
        await this.#service.ask("POST", `/operations/${id}:redeliver`);
        return;
      case "cancel":
        return this.#cancel(known);
      case "force":
        return this.#force(known);
      case "delete": {
        // Whether it has come to pass is not known where the answer is lost.
        known.deletions += 1;
        const answer = await this.#service.ask("DELETE", `/operations/${id}`);
        if (answer?.status === 409) known.deletions -= 1;
        return;
      }
      case "answer":
        return this.#answer(id);
      case "misuse": {
        if (made.key === undefined) return;
        made.isMisused = true;
        const json = { ...made.work, labels: { another: "request" } };
        const headers = { "idempotency-key": made.key };
        const answer = await this.#service.ask("POST", "/operations", { json, headers });
        if (!answer || [404, 422, 500, 503].includes(answer.status)) return;
        if (this.#ledger.mayBeGone(id)) return;
        this.#world.fail("S10", `another request with ${made.key} is answered ${answer.status}`);
        return;
      }
      case "wait":
        return this.#wait(id, deed);
    }
  }

  async #wait(id: string, deed: Of<"wait">): Promise<void> {
    const known = this.#ledger.operations.get(id);
    const headers: Call["headers"] = deed.isChange
      ? { "if-none-match": `"${known?.version ?? 0}"` }
      : {};
    const began = this.#world.queue.now;
    const call = { headers, leaves: deed.leaves };
    const answer = await this.#service.read(id, `?wait=${deed.for}ms`, call);
    if (answer?.status === 200) this.#checkPrompt(began, JSON.parse(answer.body) as Monitor);
    const took = this.#world.queue.now - began;
    if (took > deed.for + 10_000) {
      this.#world.fail("S8", `a wait of ${deed.for} ms is answered after ${took.toFixed()} ms`);
    }
  }

  /** Where nothing went wrong meanwhile, a wait ends as soon as what it waits for. */
  #checkPrompt(began: number, { id, finishedAt }: Monitor): void {
    const { queue, wall, faultAt } = this.#world;
    if (finishedAt === undefined || faultAt > began - 15_000) return;
    const since = wall - Date.parse(finishedAt);
    if (since < 2_000 || queue.now - since < began) return;
    const message = `a wait for ${shortId(id)} is answered ${since} ms after its end`;
    this.#world.fail("S8", message);
  }

  async #cancel(known: Known): Promise<void> {
    known.isCanceled = true;
    const answer = await this.#service.ask("POST", `/operations/${known.id}:cancel`);
    if (answer?.status === 404) this.#ledger.missing(known.id);
    const monitor = answer && monitorOf(answer);
    if (monitor) this.#ledger.see(monitor, { version: 0, at: 0 });
  }

  async #force(known: Known): Promise<void> {
    known.isCanceled = true;
    const json = { force: true };
    const answer = await this.#service.ask("POST", `/operations/${known.id}:cancel`, { json });
    if (answer?.status === 404) this.#ledger.missing(known.id);
    // What an object of older code would be answered with; there is none here.
    const isRefused = answer?.body.includes("cannot be forced");
    if (isRefused) this.#world.fail("S18", `${shortId(known.id)} is not ended`);
    const monitor = answer && monitorOf(answer);
    if (!monitor) return;
    this.#ledger.see(monitor, { version: 0, at: 0 });
    if (!isTerminal(monitor)) this.#world.fail("S18", `${shortId(known.id)} is ${monitor.status}`);
  }

  async #answer(id: string): Promise<void> {
    for (let tries = 0; tries < 3; tries++) {
      const read = await this.#service.read(id);
      if (read?.status !== 200) return;
      const monitor = JSON.parse(read.body) as Monitor;
      if (!monitor.inputRequest || isTerminal(monitor)) return;
      const answer = await this.#service.ask("POST", `/operations/${id}:input`, { json: 42 });
      if (answer?.status === 200) return;
    }
  }
}

/** The monitor that a create or a cancel is answered with; one that failed stands in the problem. */
function monitorOf({ status, body }: Answer): Monitor | undefined {
  if (status === 200 || status === 202) return JSON.parse(body) as Monitor;
  return status === 424 ? (JSON.parse(body) as { operation: Monitor }).operation : undefined;
}
