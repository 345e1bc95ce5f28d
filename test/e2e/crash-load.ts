import type { Answer, Client, Monitor } from "./client.ts";
import type { Ledger } from "./crash-ledger.ts";
import { type Sort, someWork, type Work } from "./crash-work.ts";

/** Acknowledged is work whose answer was received. */
export interface Acknowledged {
  readonly work: Work;
  readonly monitor: Monitor;
}

/** LoadOptions are what the writers of one round have in common. */
export interface LoadOptions {
  /** What their operations are labelled with. */
  readonly label: string;
  readonly ledger: Ledger;
  readonly sort: Sort;
  /** How many acknowledgements there are before the kill, however slow the machine is. */
  readonly least: number;
  /** The webhook of an operation, by its nonce. */
  readonly target: (nonce: string) => string;
}

/** Load is what the writers of one round asked for, and what they heard. */
export class Load {
  readonly asked = new Map<string, Work>();
  readonly acknowledged: Acknowledged[] = [];
  readonly cutOff: Work[] = [];
  readonly #enough = Promise.withResolvers<void>();
  /** Set just before the kill; from then on an answer may be missing. */
  isOver = false;
  readonly #client: Client;
  readonly #options: LoadOptions;

  constructor(client: Client, options: LoadOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** write is one writer: one piece of work after the other, until the Worker is killed. */
  async write(): Promise<void> {
    const { label, ledger, sort, target } = this.#options;
    while (!this.isOver) {
      const nonce = `${label}-${this.asked.size}`;
      const work = someWork(nonce, Math.random, sort, target);
      this.asked.set(nonce, work);
      try {
        await this.#ask(work);
      } catch (error) {
        if (!this.isOver) ledger.violation(`${nonce}: no answer while serving: ${error}`);
        this.cutOff.push(work);
        ledger.cutOff++;
        return;
      }
    }
  }

  /** enough resolves once there is a load worth a kill: a Worker that has just started has none yet. */
  enough(): Promise<void> {
    return this.#enough.promise;
  }

  describe(): string {
    return `${this.acknowledged.length} acknowledged, ${this.cutOff.length} cut off`;
  }

  async #ask(work: Work): Promise<void> {
    const { label, ledger, least } = this.#options;
    if (work.hangUp) {
      const signal = AbortSignal.timeout(Math.ceil(Math.random() * 5));
      await post(this.#client, work, label, signal).catch(() => {});
    }
    const { status, body } = await post(this.#client, work, label);
    const isGood = status === 202 || (status === 200 && work.prefer !== undefined);
    if (!isGood) {
      ledger.violation(`${work.nonce}: ${status} ${JSON.stringify(body)}`);
      return;
    }
    this.acknowledged.push({ work, monitor: body });
    if (this.acknowledged.length >= least) this.#enough.resolve();
    ledger.acknowledged++;
    ledger.named(body.id, work.nonce);
    if (work.cancel) await this.#client.cancel(body.id).catch(() => {});
  }
}

export function post(
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
