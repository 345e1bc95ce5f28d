import { dialects } from "../../src/dialects/index.ts";
import { createOperations } from "../../src/operations.ts";
import { Clients } from "./clients.ts";
import type { Invariant } from "./invariants.ts";
import { Ledger } from "./ledger.ts";
import type { Plan } from "./plan.ts";
import { leftBehind, patience, type Rest, type Wrong, wrongAtRest } from "./rest.ts";
import type { Deployment } from "./runtime/deployment.ts";
import { withGlobals } from "./runtime/globals.ts";
import { Isolate } from "./runtime/isolate.ts";
import { kindsWithout } from "./runtime/kinds.ts";
import { Network, nameOf } from "./runtime/network.ts";
import { Process, World } from "./runtime/world.ts";
import { Service } from "./service.ts";
import { checkStep } from "./steps.ts";
import { cause, mend, type Scene } from "./troubles.ts";
import { WebhookReceivers } from "./webhook-receivers.ts";

/** Result is what became of a run. */
export interface Result {
  readonly plan: Plan;
  readonly history: readonly string[];
  readonly violation: { readonly invariant: Invariant; readonly message: string } | undefined;
  /** How many things happened. */
  readonly events: number;
  /** When they did, in milliseconds from the beginning. */
  readonly moments: readonly number[];
  /** The status in which each operation ended that a client knows. */
  readonly ends: readonly string[];
}

let runs = 0;

/** simulate runs a plan. It is one synchronous call, and must not be made from within a promise. */
export function simulate(plan: Plan): Result {
  const world = new World(plan.seed);
  const ledger = new Ledger(world);
  const receivers = new WebhookReceivers(world, ledger, plan.seed);
  withGlobals(
    world,
    (request) => receivers.answer(request),
    () => new Simulation(plan, world, ledger, receivers).run(),
  );
  const { history, violation, events, moments } = world;
  const ends = [...ledger.operations.values()].map(({ end }) => end && JSON.parse(end)[0]);
  return { plan, history, violation: violation as Result["violation"], events, moments, ends };
}

class Simulation {
  readonly #plan: Plan;
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #receivers: WebhookReceivers;
  readonly #network: Network;
  readonly #service: Service;
  readonly #clients: Clients;
  readonly #outside = new Process("clients");
  readonly #good: Deployment;
  readonly #tenant: string;
  readonly #begun = new Set<string>();
  /** Attempts that came to nothing: they were called for, and their work did not begin. */
  readonly #burnt = new Set<string>();
  #isHealed = false;

  constructor(plan: Plan, world: World, ledger: Ledger, receivers: WebhookReceivers) {
    this.#plan = plan;
    this.#world = world;
    this.#ledger = ledger;
    this.#receivers = receivers;
    // A module of the Worker that remembers tenants must not take this run's for another's.
    this.#tenant = `run-${String(++runs).padStart(9, "0")}`;
    this.#network = new Network(world, {
      began: ({ task }) => {
        const name = `${task.id}/${task.attempt}`;
        if (this.#begun.has(name)) world.fail("S5", `attempt ${nameOf(task)} is begun twice`);
        this.#begun.add(name);
        this.#burnt.delete(name);
      },
      stepped: (attempt, name, does) => {
        const [host] = [...this.#network.hosts.values()].filter(
          ({ id }) => id === attempt.task.object,
        );
        if (host) checkStep(world, host, attempt, name, does);
      },
      ended: ({ task, isBegun }) => {
        if (!isBegun) this.#burnt.add(`${task.id}/${task.attempt}`);
      },
      claimed: (taken) => this.#service.claims.taken(taken),
      released: (given) => this.#service.claims.released(given),
    });
    this.#good = this.#deploy("good", {}, []);
    this.#network.deployment = this.#good;
    const isolates = [new Isolate(world, this.#good), new Isolate(world, this.#good)];
    this.#service = new Service(world, ledger, isolates, token, plan.seed);
    this.#service.thrown = () => {
      let sum = 0;
      for (const host of this.#network.hosts.values()) sum += host.thrown;
      return sum;
    };
    this.#clients = new Clients(world, this.#service, ledger);
  }

  run(): void {
    const { steps, faults, until = 0 } = this.#plan;
    const { queue } = this.#world;
    let last = 0;
    for (const { at, does } of steps) {
      queue.after(at, () => this.#as(() => this.#clients.do(does)));
      last = Math.max(last, at);
    }
    for (const { at, does } of faults) {
      last = Math.max(last, at);
      queue.after(at, () => {
        if (!this.#isHealed) cause(this.#scene, does);
      });
    }
    this.#world.pass(Math.max(until, last + 20));
    this.#heal();
    this.#world.pass(patience + 5_000);
    this.#check(wrongAtRest);
    this.#checkAnswered();
    this.#until(() => this.#clients.settle());
    this.#until(() => this.#clients.work());
    if (this.#plan.waits) {
      const { random, isolates } = this.#service;
      const kill = (which: number) => random.pick(isolates).killRequest(which);
      this.#until(() => this.#clients.waitForWork(kill));
    }
    this.#until(() => this.#clients.watchAgain());
    this.#world.pass(250_000 + patience);
    this.#check(wrongAtRest);
    this.#service.claims.check();
    this.#until(() => this.#clients.readAll());
    this.#checkTold();
    this.#world.pass(120_000 + 300_000);
    this.#check(leftBehind);
    this.#until(() => this.#clients.seeNothingLeft());
    for (const host of this.#network.hosts.values()) host.database.close();
  }

  /** From here on nothing more goes wrong. */
  #heal(): void {
    this.#isHealed = true;
    this.#receivers.areGood = true;
    mend(this.#scene);
    this.#as(() => this.#askWhoLostAlarms());
    this.#as(() => this.#clients.pauses.over());
  }

  /** Who has lost an alarm has no way to know of the time but to be asked. */
  async #askWhoLostAlarms(): Promise<void> {
    for (;;) {
      const lost = [...this.#network.hosts.values()].filter(({ alarm }) => alarm.isLost);
      if (lost.length > 0) await this.#service.ask("GET", "/stats");
      await scheduler.wait(15_000);
    }
  }

  get #scene(): Scene {
    return {
      world: this.#world,
      network: this.#network,
      isolates: this.#service.isolates,
      losses: this.#service.losses,
      good: this.#good,
      hostOf: (shard) => this.#network.host(`${this.#tenant}/${shard}`),
      deploy: (name, configuration, missing) => this.#deploy(name, configuration, missing),
    };
  }

  #deploy(name: string, configuration: Record<string, string>, missing: string[]): Deployment {
    const env = {
      OPERATIONS: this.#network.namespace,
      TOKENS: JSON.stringify({ [tokenHash]: { tenant: this.#tenant, scopes: ["admin"] } }),
      SHARDS: String(this.#plan.shards),
      EXTERNAL_KINDS: "resize, scan:2",
      WEBHOOK_SECRET: "whsec_c2VjcmV0IG9mIHRoZSBzaW11bGF0aW9uIG9mIGFsbA==",
      ...configuration,
    };
    return {
      name,
      env: env as unknown as Cloudflare.Env,
      ...createOperations({ kinds: kindsWithout(missing), dialects }),
    };
  }

  /** Code of a client; what it does not expect is a fault of the simulation itself. */
  #as(code: () => Promise<void>): void {
    this.#outside.run(() => {
      code().catch((thrown) => {
        this.#world.fail("S16", `a client broke: ${Object(thrown).stack ?? thrown}`);
      });
    });
  }

  #until(code: () => Promise<void>): void {
    let isOver = false;
    this.#as(async () => {
      await code();
      isOver = true;
    });
    this.#world.pass(300_000, () => isOver);
    if (!isOver) this.#world.fail("S8", "requests are not answered though all is well");
  }

  /** What is under way is given some moments to be over. */
  #check(look: (rest: Rest) => Wrong[]): void {
    const rest: Rest = {
      world: this.#world,
      network: this.#network,
      watches: this.#clients.watches,
      told: this.#receivers.told,
      burnt: this.#burnt,
    };
    let wrong = look(rest);
    for (let tries = 0; tries < 3 && wrong.length > 0; tries++) {
      this.#world.pass(333);
      wrong = look(rest);
    }
    const [first] = wrong;
    if (first) this.#world.fail(...first);
  }

  #checkAnswered(): void {
    const [first] = this.#service.waiting;
    if (first !== undefined) this.#world.fail("S8", `${first} is never answered`);
  }

  #checkTold(): void {
    for (const watch of this.#clients.watches) {
      const where = `a watch of ${watch.id.slice(-5)}`;
      if (!watch.isOfOne || watch.isMissing) continue;
      if (watch.isConnected) this.#world.fail("S9", `${where} is open after its end`);
      if (!watch.hasEnd) this.#world.fail("S9", `${where} was not told of its end`);
    }
    for (const { id, end } of this.#ledger.operations.values()) {
      if (end === undefined && !this.#ledger.mayBeGone(id)) {
        this.#world.fail("S4", `operation ${id.slice(-5)} has no end`);
      }
    }
  }
}

const token = "token-of-the-simulation";
/** SHA-256 of the token. */
const tokenHash = "1f3e082176552855f80c6b5cee1da9a2b3b1cb50fdd0c44da3a277d6293bdc05";
