import { reasonOf } from "../base/log.ts";
import {
  added,
  type BulkCounts,
  type BulkInput,
  type BulkOrder,
  type BulkPage,
  type BulkStep,
  counted,
  nothingYet,
} from "../core/bulk.ts";
import { type Kind, makeAsync, type OperationContext, OperationFailure } from "../kinds/kind.ts";
import type { Schema } from "../kinds/schema.ts";
import type { Deployment } from "../runner/deployment.ts";
import { Creating } from "./creating/creating.ts";
import type { TenantPlace } from "./place.ts";
import { Shards } from "./shards.ts";

/** shardsAtOnce is how many objects it works in at once. */
const shardsAtOnce = 8;

/** longestWait is the longest pause before an unreachable object is asked again, in milliseconds. */
const longestWait = 1_000;

const input: Schema<BulkInput> = {
  "~standard": {
    version: 1,
    vendor: "edge-operations",
    // No create may name the kind: what it stores has been checked when its request was.
    validate: (value) => ({ value: value as BulkInput }),
  },
};

/**
 * bulk acts on many operations of a tenant: those that its query finds, that are older than itself and of other kinds.
 * Each shard stores how far it has come, so an attempt continues where the previous one was lost.
 *
 * @param deploymentOf returns the code that it is part of
 */
export function bulk(deploymentOf: () => Deployment): Kind {
  return makeAsync({
    description: "Cancels, deletes or reruns many operations.",
    input,
    retry: { maxAttempts: 100 },
    run: (order, op) => new Work(deploymentOf(), order, op).run(),
  });
}

/** Work is one attempt of it. */
class Work {
  readonly #input: BulkInput;
  readonly #op: OperationContext;
  readonly #shards: Shards;
  readonly #creating: Creating;
  readonly #pages: (BulkPage | undefined)[];

  constructor(deployment: Deployment, order: BulkInput, op: OperationContext) {
    const { env, config, tenant, log } = op;
    const keep = () => {};
    // URLs about reruns have the origin by which the originals were created.
    const origin = config.publicUrl ?? "";
    const place: TenantPlace = { deployment, env, config, tenant, origin, log, joins: false, keep };
    this.#input = order;
    this.#op = op;
    this.#shards = new Shards(place);
    this.#creating = new Creating(place, this.#shards);
    this.#pages = this.#shards.all().map(() => undefined);
  }

  async run(): Promise<BulkCounts> {
    const { id, operations } = this.#op;
    const until = Date.parse((await operations.get(id)).deadlineAt);
    const left = [...this.#pages.keys()].values();
    const { action, query, dryRun = false } = this.#input;
    const work = async () => {
      for (const shard of left) await this.#all(shard, { id, action, query, dryRun, until });
    };
    await Promise.all(Array.from({ length: shardsAtOnce }, work));
    return this.#counted();
  }

  /** Goes through one shard to its end. */
  async #all(shard: number, order: BulkOrder): Promise<void> {
    let made: BulkStep | undefined;
    for (;;) {
      this.#op.signal.throwIfAborted();
      const page = await this.#next(shard, made ? { ...order, made } : order);
      this.#pages[shard] = page;
      this.#tell();
      if (page.state.isOver) return;
      made = page.reruns && (await this.#rerun(page.reruns));
    }
  }

  async #next(shard: number, order: BulkOrder): Promise<BulkPage> {
    for (let wait = 250; ; wait *= 2) {
      try {
        return await this.#shards.at(shard).bulk(order);
      } catch (thrown) {
        // The object restarts, or has older code; it has stored how far it has come.
        if (wait > longestWait) {
          throw new OperationFailure("unavailable", `Shard ${shard} failed: ${reasonOf(thrown)}`);
        }
        await scheduler.wait(wait);
      }
    }
  }

  async #rerun({ items, step }: NonNullable<BulkPage["reruns"]>): Promise<BulkStep> {
    const entries = items.map(({ op, input: text }) => {
      const request = { rerunOf: op.id };
      const key = `${this.#op.id}/${op.id}`;
      return { op, input: text, once: { key, asked: { former: request, meaning: request } } };
    });
    const replies = await this.#creating.rerunMany(entries, this.#input.dryRun === true);
    let counts: BulkCounts = step;
    for (const { error } of replies) {
      if (error?.code === "unavailable") throw new OperationFailure("unavailable", error.message);
      counts = counted(counts, error ? "failed" : "done");
    }
    return { ...step, ...counts };
  }

  #tell(): void {
    const { done, skipped, failed } = this.#counted();
    const part = this.#pages.reduce((sum, page) => sum + (page?.part ?? 0), 0);
    const percent = Math.floor((99 * part) / this.#pages.length);
    const said = `${done} done, ${skipped} skipped, ${failed} failed`;
    this.#op.progress(percent, said).catch(() => {});
  }

  #counted(): BulkCounts {
    return this.#pages.reduce<BulkCounts>(
      (sum, page) => (page ? added(sum, page.state) : sum),
      nothingYet,
    );
  }
}
