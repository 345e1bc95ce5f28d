import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Answer, Client, type Monitor, terminal } from "./client.ts";
import { endOf, someWork, type Work } from "./crash-work.ts";
import { startServed } from "./served.ts";

// npm run crash: kills workerd with SIGKILL under load, again and again on one state directory, and
// holds what is there afterwards against every answer that the writers received.

/**
 * settleTime is how long a restarted Worker is left alone, in milliseconds, before anybody asks. Its
 * alarm is due within 10 s (the object's heartbeat); retries of the work here are over 2 s later.
 */
const settleTime = 14_000;

/** CrashOptions say how hard to try. */
export interface CrashOptions {
  readonly rounds: number;
  readonly writers: number;
  /** A state directory to use and keep; by default one is made and removed. */
  readonly state?: string;
  /** Told a line for each round. */
  readonly log?: (line: string) => void;
}

/** CrashReport counts over all rounds; whatever should not have happened is a line in `violations`. */
export interface CrashReport {
  readonly rounds: number;
  /** Creates whose 202 or 200 was received. */
  readonly acknowledged: number;
  /** Of these, not there after the restart. */
  readonly lost: number;
  /** Ids given out twice, and requests that made two operations. */
  readonly duplicated: number;
  /** Operations still unfinished after being left alone. */
  readonly unfinished: number;
  /** How long after a restart, in milliseconds, the last operation ended. */
  readonly settledWithin: number;
  /** Operations that the kill found at work: ended as `interrupted`, and started again. */
  readonly interrupted: number;
  readonly retried: number;
  /** Creates cut off before their answer, and of all keyed ones how many were sent again. */
  readonly cutOff: number;
  readonly repeated: number;
  /** Results read and compared. */
  readonly results: number;
  readonly violations: readonly string[];
}

/** crash runs the rounds and reports; it throws only where the Worker does not start. */
export async function crash(options: CrashOptions): Promise<CrashReport> {
  const { rounds, writers, log = () => {} } = options;
  const state = options.state ?? (await mkdtemp(path.join(tmpdir(), "edge-operations-crash-")));
  const ledger = new Ledger();
  let served = await startServed({ state });
  try {
    for (let round = 1; round <= rounds; round++) {
      const label = `${process.pid}-${Date.now()}-${round}`;
      // In every other round nothing but the heartbeat wakes the object after the restart.
      const isPlain = round % 2 === 0;
      const load = new Load(new Client(served.url), label, ledger, isPlain);
      const working = Array.from({ length: writers }, () => load.write());
      await sleep(500 + Math.random() * 1_500);
      load.isOver = true;
      await served.kill9();
      await Promise.all(working);

      served = await startServed({ state });
      const restartedAt = Date.now();
      const client = new Client(served.url);
      // Polling would be asking.
      await sleep(settleTime);
      const askedAt = Date.now();
      const listed = await client.list({ label: `round:${label}` });
      ledger.checkSettled(listed, restartedAt, askedAt);
      await new Audit(client, load, ledger).check(listed, label);
      log(`round ${round}: ${load.describe()}; ${listed.length} listed; ${ledger.describe()}`);
    }
    await served.stop();
    served = await startServed({ state });
    ledger.checkKept(await new Client(served.url).list());
  } finally {
    await served.stop();
    if (options.state === undefined) await rm(state, { recursive: true, force: true });
  }
  return ledger.report(rounds);
}

/** Ledger is what is known across rounds. */
class Ledger {
  readonly violations: string[] = [];
  readonly #ids = new Map<string, string>();
  readonly #settled = new Map<string, Monitor>();
  /** The greatest id of the rounds before. */
  #last = "";
  acknowledged = 0;
  lost = 0;
  duplicated = 0;
  unfinished = 0;
  settledWithin = 0;
  interrupted = 0;
  retried = 0;
  cutOff = 0;
  repeated = 0;
  results = 0;

  violation(line: string): void {
    this.violations.push(line);
  }

  duplicate(line: string): void {
    this.duplicated++;
    this.violation(line);
  }

  /** named notes which request an id was given to. */
  named(id: string, nonce: string): void {
    const known = this.#ids.get(id);
    if (known !== undefined && known !== nonce) {
      this.duplicate(`${id} was given to ${known} and to ${nonce}`);
    }
    this.#ids.set(id, nonce);
  }

  /** settled notes the operations of a round, in the order of their ids. */
  settled(operations: readonly Monitor[]): void {
    const first = operations[0]?.id;
    if (first !== undefined && first <= this.#last) {
      this.violation(`${first} sorts before ${this.#last} of an earlier round`);
    }
    for (const operation of operations) {
      this.#settled.set(operation.id, operation);
      if (operation.id > this.#last) this.#last = operation.id;
    }
  }

  /** checkSettled finds what had not ended before anybody asked: a reader may have ended it. */
  checkSettled(operations: readonly Monitor[], restartedAt: number, askedAt: number): void {
    for (const { id, status, finishedAt } of operations) {
      const ended = finishedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(finishedAt);
      if (ended < askedAt) {
        this.settledWithin = Math.max(this.settledWithin, ended - restartedAt);
      } else {
        this.unfinished++;
        this.violation(`${id} is ${status} and had not ended before it was asked for`);
      }
    }
  }

  /** checkKept holds the whole map at the end against every round. */
  checkKept(operations: readonly Monitor[]): void {
    const byId = new Map(operations.map((operation) => [operation.id, operation]));
    for (const [id, before] of this.#settled) {
      const now = byId.get(id);
      if (!now) {
        this.lost++;
        this.violation(`${id} was settled and is not there at the end`);
      } else if (now.version !== before.version || endOf(now) !== endOf(before)) {
        this.violation(`${id} changed from ${endOf(before)} to ${endOf(now)}`);
      }
    }
  }

  describe(): string {
    const { lost, duplicated, unfinished, violations } = this;
    return `lost ${lost}, duplicated ${duplicated}, unfinished ${unfinished}, violations ${violations.length}`;
  }

  report(rounds: number): CrashReport {
    const { acknowledged, lost, duplicated, unfinished, settledWithin } = this;
    const { interrupted, retried, cutOff, repeated, results, violations } = this;
    return {
      ...{ rounds, acknowledged, lost, duplicated, unfinished, settledWithin },
      ...{ interrupted, retried, cutOff, repeated, results, violations },
    };
  }
}

/** Acknowledged is work whose answer was received. */
interface Acknowledged {
  readonly work: Work;
  readonly monitor: Monitor;
}

/** Load is what the writers of one round asked for, and what they heard. */
class Load {
  readonly asked = new Map<string, Work>();
  readonly acknowledged: Acknowledged[] = [];
  readonly cutOff: Work[] = [];
  /** Set just before the kill; from then on an answer may be missing. */
  isOver = false;
  readonly #client: Client;
  readonly #label: string;
  readonly #ledger: Ledger;
  readonly #isPlain: boolean;

  constructor(client: Client, label: string, ledger: Ledger, isPlain: boolean) {
    this.#client = client;
    this.#label = label;
    this.#ledger = ledger;
    this.#isPlain = isPlain;
  }

  /** write is one writer: one piece of work after the other, until the Worker is killed. */
  async write(): Promise<void> {
    while (!this.isOver) {
      const nonce = `${this.#label}-${this.asked.size}`;
      const work = someWork(nonce, Math.random, this.#isPlain);
      this.asked.set(nonce, work);
      try {
        await this.#ask(work);
      } catch (error) {
        if (!this.isOver) this.#ledger.violation(`${nonce}: no answer while serving: ${error}`);
        this.cutOff.push(work);
        this.#ledger.cutOff++;
        return;
      }
    }
  }

  describe(): string {
    return `${this.acknowledged.length} acknowledged, ${this.cutOff.length} cut off`;
  }

  async #ask(work: Work): Promise<void> {
    if (work.hangUp) {
      const signal = AbortSignal.timeout(Math.ceil(Math.random() * 5));
      await post(this.#client, work, this.#label, signal).catch(() => {});
    }
    const { status, body } = await post(this.#client, work, this.#label);
    const isGood = status === 202 || (status === 200 && work.prefer !== undefined);
    if (!isGood) {
      this.#ledger.violation(`${work.nonce}: ${status} ${JSON.stringify(body)}`);
      return;
    }
    this.acknowledged.push({ work, monitor: body });
    this.#ledger.acknowledged++;
    this.#ledger.named(body.id, work.nonce);
    if (work.cancel) await this.#client.cancel(body.id).catch(() => {});
  }
}

/** Audit holds the operations of one round against what its writers heard. */
class Audit {
  readonly #client: Client;
  readonly #load: Load;
  readonly #ledger: Ledger;

  constructor(client: Client, load: Load, ledger: Ledger) {
    this.#client = client;
    this.#load = load;
    this.#ledger = ledger;
  }

  async check(listed: readonly Monitor[], label: string): Promise<void> {
    const byId = new Map(listed.map((operation) => [operation.id, operation]));
    if (byId.size !== listed.length) this.#ledger.duplicate("a list holds an id twice");
    this.#ledger.settled(listed);
    for (const operation of listed) {
      this.#ledger.named(operation.id, operation.labels.nonce ?? "");
      this.#checkEnd(operation);
    }
    for (const acknowledged of this.#load.acknowledged) {
      this.#checkAcknowledged(acknowledged, byId.get(acknowledged.monitor.id));
    }
    await inBatches(listed, (operation) => this.#checkResult(operation));
    await this.#repeat(byId, label);
  }

  #checkEnd(operation: Monitor): void {
    const { id, labels, attempt } = operation;
    const work = this.#load.asked.get(labels.nonce ?? "");
    if (!work) {
      this.#ledger.violation(`${id} is there and nobody asked for it`);
      return;
    }
    const end = endOf(operation);
    if (!work.ends.includes(end)) {
      this.#ledger.violation(`${id} ended as ${end}: ${JSON.stringify(work.body).slice(0, 500)}`);
    }
    if (operation.error?.code === "interrupted") this.#ledger.interrupted++;
    else if (attempt > 1 && !end.includes("as_asked")) this.#ledger.retried++;
  }

  #checkAcknowledged({ work, monitor }: Acknowledged, now: Monitor | undefined): void {
    if (!now) {
      this.#ledger.lost++;
      this.#ledger.violation(`${monitor.id} was acknowledged and is not there`);
    } else if (now.labels.nonce !== work.nonce) {
      this.#ledger.duplicate(`${monitor.id} of ${work.nonce} is now ${now.labels.nonce}`);
    } else if (now.version < monitor.version) {
      this.#ledger.violation(`${monitor.id} went back to version ${now.version}`);
    } else if (terminal.includes(monitor.status) && now.version !== monitor.version) {
      this.#ledger.violation(`${monitor.id} was ${endOf(monitor)} and is ${endOf(now)}`);
    }
  }

  async #checkResult({ id, status, result, labels }: Monitor): Promise<void> {
    const work = this.#load.asked.get(labels.nonce ?? "");
    if (status !== "succeeded" || !work) return;
    this.#ledger.results++;
    const answer = await this.#client.result(id);
    const text = await answer.text();
    const isRight = answer.status === 200 && text === JSON.stringify(work.value);
    const isInlineRight = result === undefined || result === work.value;
    if (!isRight || !isInlineRight) {
      this.#ledger.violation(`${id} has a wrong result: ${answer.status} ${text.slice(0, 200)}`);
    }
  }

  /** Clients that lost an answer send their keyed requests again, as do some that did not. */
  async #repeat(byId: ReadonlyMap<string, Monitor>, label: string): Promise<void> {
    const lost = this.#load.cutOff.filter(({ key }) => key !== undefined);
    const heard = this.#load.acknowledged.filter(({ work }) => work.key !== undefined).slice(-50);
    const before = new Map([...byId.values()].map((known) => [known.labels.nonce ?? "", known]));
    const again = [...lost, ...heard.map(({ work }) => work)];
    const made: string[] = [];
    await inBatches(again, async (work) => {
      const { status, headers, body } = await post(this.#client, { ...work, prefer: "" }, label);
      this.#ledger.repeated++;
      const known = before.get(work.nonce);
      if (status !== 202) {
        this.#ledger.violation(`${work.nonce} again: ${status} ${JSON.stringify(body)}`);
        return;
      }
      this.#ledger.named(body.id, work.nonce);
      if (known && body.id !== known.id) {
        this.#ledger.duplicate(`${work.nonce} again made ${body.id} beside ${known.id}`);
      } else if ((headers.get("idempotency-replayed") === "true") !== (known !== undefined)) {
        this.#ledger.violation(`${work.nonce} again does not say rightly whether it is a replay`);
      }
      if (!known) made.push(body.id);
    });
    const ended = await Promise.all(made.map((id) => this.#client.ended(id)));
    for (const operation of ended) this.#checkEnd(operation);
    this.#ledger.settled(ended.sort((a, b) => (a.id < b.id ? -1 : 1)));

    const counts = new Map<string, number>();
    for (const { labels } of await this.#client.list({ label: `round:${label}` })) {
      const nonce = labels.nonce ?? "";
      counts.set(nonce, (counts.get(nonce) ?? 0) + 1);
    }
    for (const [nonce, count] of counts) {
      if (count > 1) this.#ledger.duplicate(`${nonce} made ${count} operations`);
    }
    for (const { nonce } of again) {
      if (!counts.has(nonce)) this.#ledger.violation(`${nonce} again made no operation`);
    }
  }
}

function post(
  client: Client,
  work: Work,
  round: string,
  signal?: AbortSignal,
): Promise<Answer<Monitor>> {
  const labels = { ...work.body.labels, round };
  const headers = {
    ...(work.prefer !== undefined && { prefer: work.prefer }),
    ...(work.key !== undefined && { "idempotency-key": work.key }),
  };
  return client.create({ ...work.body, labels }, { headers, ...(signal && { signal }) });
}

/** Sixteen at once, as the writers were. */
async function inBatches<T>(items: readonly T[], each: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const take = async () => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await each(item);
  };
  await Promise.all(Array.from({ length: 16 }, take));
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "20" },
      writers: { type: "string", default: "16" },
      state: { type: "string" },
    },
  });
  const { state } = values;
  const { violations, ...counts } = await crash({
    rounds: Number(values.rounds),
    writers: Number(values.writers),
    ...(state !== undefined && { state }),
    log: (line) => console.log(line),
  });
  for (const line of violations.slice(0, 50)) console.error(line);
  for (const [name, count] of Object.entries(counts)) console.log(name.padEnd(13), count);
  console.log("violations".padEnd(13), violations.length);
  if (violations.length > 0) process.exitCode = 1;
}
