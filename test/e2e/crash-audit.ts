import { type Client, type Monitor, terminal } from "./client.ts";
import type { Ledger } from "./crash-ledger.ts";
import { type Acknowledged, type Load, post } from "./crash-load.ts";
import type { Receiver } from "./crash-receiver.ts";
import { endOf } from "./crash-work.ts";
import type { Workers } from "./crash-workers.ts";

/** Others are who heard of operations beside the writers. */
export interface Others {
  readonly receiver: Receiver;
  readonly workers: Workers | undefined;
}

/** Audit holds the operations of one round against what its writers heard. */
export class Audit {
  readonly #client: Client;
  readonly #load: Load;
  readonly #ledger: Ledger;

  readonly #others: Others;

  constructor(client: Client, load: Load, ledger: Ledger, others: Others) {
    this.#others = others;
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
    for (const operation of listed) this.#checkTold(operation);
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

  /** What a webhook and a worker heard is how it ended. */
  #checkTold(operation: Monitor): void {
    if (!terminal.includes(operation.status)) return;
    this.#others.receiver.check(operation);
    this.#others.workers?.check(operation);
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

/** Sixteen at once, as the writers were. */
async function inBatches<T>(items: readonly T[], each: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const take = async () => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await each(item);
  };
  await Promise.all(Array.from({ length: 16 }, take));
}
