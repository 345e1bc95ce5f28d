import { reasonOf } from "../base/log.ts";
import type { Result } from "../base/result.ts";
import type { BulkInput } from "../core/bulk.ts";
import type { Delivery, Webhook } from "../core/delivery.ts";
import { type Failure, failure, notFound } from "../core/errors.ts";
import { parseId } from "../core/id.ts";
import type { AskedWork, MoveOrder, Moves } from "../core/moving/moving.ts";
import { type AttemptRecord, attemptsOf, nothingBeside } from "../core/operation/attempt-record.ts";
import { notHeld, refusal } from "../core/operation/attempts.ts";
import { isTerminal, type ResultHead } from "../core/operation/operation.ts";
import {
  type Created,
  decode,
  type ListPage,
  type ListQuery,
  type Payload,
  type Reply,
  type Snapshot,
} from "../core/reply.ts";
import { type KindLevel, type KindLevels, levelOf } from "../core/statistics/kind-levels.ts";
import type { TenantMeasures } from "../core/statistics/shard-stats.ts";
import type { Traffic } from "../core/statistics/traffic.ts";
import { merged, type Step, type TrendRange } from "../core/statistics/trends.ts";
import type { ClaimCommand, Claimed, WorkEnd, WorkReport } from "../core/work.ts";
import { lacks, type OperationsStub } from "../object/address.ts";
import type { RequestCounts } from "../object/trends/trend-log.ts";
import { claimWithin } from "./claiming/claim-within.ts";
import { Claiming } from "./claiming/claiming.ts";
import { Creating } from "./creating/creating.ts";
import type { Entry, NewOperation, Once, Rerun, Waiting } from "./creating/new-operation.ts";
import { unstartable } from "./creating/unstartable.ts";
import type { LargeRequest } from "./creating/uploading.ts";
import { checkWebhook } from "./creating/webhook.ts";
import { endWith, type WorkResult } from "./end-with.ts";
import { type Erased, eraseTenant } from "./erase-tenant.ts";
import { FinishedCache } from "./finished-cache.ts";
import type { JoinedObject } from "./joining/joined-object.ts";
import { sharedRead } from "./joining/shared-read.ts";
import { listIds } from "./listing/list-ids.ts";
import { list } from "./listing/lists.ts";
import {
  type OpenedOutput,
  type OutputPlace,
  type OutputWrite,
  openOutput,
  writeOutput,
} from "./output-reader.ts";
import type { TenantPlace } from "./place.ts";
import { bucketBody, type ResultBody, resultBody } from "./result-body.ts";
import { Shards } from "./shards.ts";
import { mergeMeasures, mergeStats, type TenantStats } from "./stats.ts";
import { TenantDocuments } from "./tenant-documents.ts";
import { type Wait, waitFor } from "./wait-for.ts";
import { Watches } from "./watches.ts";

/** atOnce is how many objects are asked for their counts at once. */
const atOnce = 32;

/**
 * TenantMap is a tenant's operations as a Worker sees them, and the only place that knows of shards. Its arguments have
 * been authenticated and decoded. A refusal is returned as a Reply with the reason; if it throws, that is a bug, or an
 * object cannot be reached.
 */
export class TenantMap {
  readonly #place: TenantPlace;
  readonly #shards: Shards;
  readonly #finished: FinishedCache;

  constructor(place: TenantPlace) {
    this.#place = place;
    this.#shards = new Shards(place);
    this.#finished = new FinishedCache(place);
  }

  /** create creates an operation, or returns the one that its key has created before, and waits for its end. */
  create(
    operation: NewOperation,
    once: Once | undefined,
    waiting: Waiting,
  ): Promise<Reply<Created>> {
    return this.#creating().create(operation, once, waiting);
  }

  /** upload is create for a request whose body goes to the bucket before there is an operation. */
  upload(request: LargeRequest, waiting: Waiting): Promise<Reply<Created>> {
    return this.#creating().upload(request, waiting);
  }

  /** rerun creates an operation that repeats the request of a finished one, as `create` does. */
  rerun(rerun: Rerun, once: Once | undefined, waiting: Waiting): Promise<Reply<Created>> {
    return this.#creating().rerun(rerun, once, waiting);
  }

  /** bulk creates an operation that acts on many others, as `create` does. */
  bulk(input: BulkInput, once: Once | undefined, waiting: Waiting): Promise<Reply<Created>> {
    return this.#creating().bulk(input, once, waiting);
  }

  /**
   * createMany creates several, each created or refused independently, in one commit per object. An entry that has
   * failed already is refused in its place.
   */
  createMany(entries: readonly Result<Entry, Failure>[]): Promise<readonly Reply<Created>[]> {
    return this.#creating().createMany(entries);
  }

  /** get returns the current operation. */
  get(id: string): Promise<Reply<Snapshot>> {
    return this.#finished.through(id, () =>
      this.#joined(id, (object) => object.read(id).then(decode)),
    );
  }

  /** getMany returns several, each as get does. */
  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Reply<Snapshot>>> {
    const ours = [...new Set(ids)].filter((id) => parseId(id));
    const found = await this.#shards.forAll(
      ours,
      (id) => parseId(id)?.shard ?? 0,
      (stub, own) => stub.readMany(own),
    );
    return new Map(ids.map((id) => [id, found.get(id) ?? { error: notFound(id) }]));
  }

  /** wait returns an operation once it has ended, or changed, or when the time is up. */
  wait(wait: Wait): Promise<Reply<Snapshot>> {
    return this.#finished.through(wait.id, async () => {
      const since = Date.now();
      const reply = await this.#of(wait.id, (stub) =>
        waitFor(() => this.#shards.of(wait.id) ?? stub, wait),
      );
      this.#place.waited?.(Date.now() - since);
      return reply;
    });
  }

  /** list returns one page of all shards, in the order of IDs. */
  list(query: ListQuery): Promise<ListPage> {
    return list(this.#place, this.#shards, query);
  }

  /** ids iterates over the IDs of all operations in the order of their creation, page by page. */
  ids(): AsyncGenerator<readonly string[], void> {
    return listIds(this.#shards);
  }

  /** cancel asks an operation to end, or by force ends it; one that has ended stays as it is. */
  async cancel(id: string, ifVersion?: number, force = false): Promise<Reply<Snapshot>> {
    const reply = await this.#joined(id, (object) => object.cancel(id, ifVersion, force));
    if (!force || reply.error || isTerminal(reply.op)) return reply;
    // An object with older code does not know force, and has only asked the work to end.
    const message =
      "The operation was asked to stop; it cannot be forced to until the deployment in progress is complete";
    return { error: failure("unavailable", message) };
  }

  /** remove deletes a finished operation. */
  remove(id: string, ifVersion?: number): Promise<Reply<{ removed: true }>> {
    const forget = () => this.#finished.forget(id);
    return this.#of(id, (stub) => stub.remove(id, ifVersion)).finally(forget);
  }

  /** input returns an operation's input as JSON text. */
  input(id: string): Promise<Reply<{ input: string }>> {
    return this.#of(id, (stub) => stub.readInput(id));
  }

  /**
   * result returns an operation with the body of its result, if it has succeeded.
   *
   * @param atMost how large a body may be, in bytes, to be returned; `resultBody` reads larger ones
   */
  result(id: string, atMost?: number): Promise<Reply<Snapshot & { body?: Payload }>> {
    return this.#of(id, (stub) => stub.readResult(id, atMost));
  }

  /** resultBody returns the body of a result that stays where it is stored and is read as it is sent. */
  resultBody(id: string, { size, stored }: ResultHead): ResultBody {
    const { joins, deployment, env } = this.#place;
    // Calls from inside the Worker are not combined.
    const isPatient = !joins;
    if (!stored) {
      const read = (start: number, end: number) =>
        this.#of(id, (stub) => stub.readPart(id, start, end));
      return resultBody(size, isPatient, read);
    }
    const found = deployment.bucketOf(env);
    return bucketBody(size, isPatient, async (start, end) =>
      found?.large.read(found.bucket, stored.key, start, end),
    );
  }

  /** output returns an operation's stored output from an offset on, and a reader for what follows. */
  output(id: string, place: OutputPlace, isFollowing: boolean): Promise<Reply<OpenedOutput>> {
    return this.#of(id, (stub) => openOutput(stub, id, place, isFollowing));
  }

  /** writeOutput stores output of the worker that holds an attempt, and returns the output's size. */
  writeOutput(id: string, write: OutputWrite): Promise<Reply<{ size: number }>> {
    return this.#of(id, (stub) => writeOutput(stub, id, write));
  }

  /**
   * answer stores the answer to question `index` of an operation, as JSON text. The same answer `by` the same caller is
   * not stored again; older code in an object does not check that.
   */
  answer(id: string, index: number, answer: string, by?: string): Promise<Reply<Snapshot>> {
    return this.#of(id, (stub) => stub.answer(id, index, answer, by));
  }

  /**
   * claim hands out external work as soon as there is some, and nothing when the time is up. What was claimed for a
   * worker that has gone away is given back.
   */
  claim(command: ClaimCommand, { milliseconds, signal }: Waiting): Promise<readonly Claimed[]> {
    const claiming = claimWithin(
      new Claiming(this.#place, this.#shards, signal),
      command,
      milliseconds,
    );
    this.#place.keep(claiming.catch(() => {}));
    return claiming;
  }

  /** report stores what the worker that holds an attempt reports. */
  report(id: string, report: WorkReport): Promise<Reply<Snapshot>> {
    return this.#joined(id, (object) => object.report(id, report));
  }

  /** end ends an attempt as the worker that holds it says. */
  end(id: string, end: WorkEnd): Promise<Reply<Snapshot>> {
    return this.#joined(id, (object) => object.end(id, end));
  }

  /** endWith ends an attempt with the result of the worker that holds it. */
  endWith(result: WorkResult): Promise<Reply<Snapshot>> {
    return this.#of(result.id, (stub) => endWith(this.#place, stub, result));
  }

  /** release takes back an attempt that a worker holds. It can be claimed immediately, and does not count. */
  release(id: string, attempt: number): Promise<Reply<Snapshot>> {
    return this.#of(id, async (stub) => {
      try {
        return await stub.giveBack(id, attempt);
      } catch (thrown) {
        if (!lacks(thrown, "giveBack")) throw thrown;
        // An object with older code does not say whose attempt it was.
        const held = decode(await stub.read(id));
        if (held.error || refusal(held.op, attempt))
          return held.error ? held : notHeld(held.op, attempt);
        await stub.release([{ id, attempt }]);
        return decode(await stub.read(id));
      }
    });
  }

  /** attempts returns an operation's last 20 attempts, oldest first. */
  async attempts(id: string): Promise<Reply<{ attempts: readonly AttemptRecord[] }>> {
    try {
      return await this.#of(id, (stub) => stub.readAttempts(id));
    } catch (thrown) {
      if (!lacks(thrown, "readAttempts")) throw thrown;
      // An object with older code has stored nothing beside the operation.
      const reply = await this.get(id);
      return reply.error ? reply : { attempts: attemptsOf(reply.op, nothingBeside) };
    }
  }

  /** deliveries returns the delivery of an operation's webhook, if there is one. */
  deliveries(id: string): Promise<Reply<{ deliveries: Delivery[] }>> {
    return this.#of(id, (stub) => stub.deliveries(id));
  }

  /** redeliver sends the webhook of a finished operation again. */
  redeliver(id: string): Promise<Reply<{ deliveries: Delivery[] }>> {
    return this.#of(id, (stub) => stub.redeliver(id));
  }

  /** watches returns what opens the sockets on which changes are sent. */
  watches(): Watches {
    return new Watches(this.#place, this.#shards);
  }

  /** documents returns what the tenant stores beside its operations. */
  documents(): TenantDocuments {
    return new TenantDocuments(this.#place, this.#shards, this.#creating());
  }

  /** move returns what an export needs of a shard, or stores what an import contains. */
  move(shard: number, order: MoveOrder): Promise<Moves[keyof Moves]> {
    return this.#shards.at(shard).move(order);
  }

  /** webhook returns a webhook as a create would accept it, or why it would not. */
  webhook(url: string, format: string | undefined): Result<Webhook, string> {
    return checkWebhook(this.#place, url, format);
  }

  /** unstartable returns why no create could ask for an operation's work today, or undefined if one could. */
  unstartable(op: AskedWork, input: string): Promise<Failure | undefined> {
    return unstartable(this.#place, op, input);
  }

  /** stats returns what the map holds and has counted. */
  stats(): Promise<TenantStats> {
    const each = () => this.#shards.each((stub) => stub.stats());
    return sharedRead(this.#place, "stats", async () => mergeStats(await each()));
  }

  /**
   * erase removes everything that the tenant has, from a given object on, as far as one request should. It may be
   * repeated.
   */
  erase(from: number): Promise<Reply<Erased>> {
    const forget = () => this.#finished.forgetAll();
    return eraseTenant(this.#place, this.#shards, from).finally(forget);
  }

  /** measures returns what the map has counted, without reading any operations. */
  async measures(): Promise<TenantMeasures> {
    const each = () => this.#shards.each((stub) => stub.measures());
    try {
      return await sharedRead(this.#place, "measures", async () => mergeMeasures(await each()));
    } catch (thrown) {
      if (!lacks(thrown, "measures")) throw thrown;
      // An object with older code counts no more than this.
      return this.stats();
    }
  }

  /** setPaused pauses a kind in every shard, so that nothing of it is started or handed out, or resumes it. */
  async setPaused(kind: string, isPaused: boolean): Promise<Reply<{ level: KindLevel }>> {
    try {
      const all = await this.#levels((stub) => stub.setPaused(kind, isPaused));
      return { level: levelOf(kind, all) };
    } catch (thrown) {
      if (!lacks(thrown, "setPaused")) throw thrown;
      const message =
        "Kinds cannot be paused or resumed until the deployment in progress is complete; retry later";
      return { error: failure("unavailable", message) };
    }
  }

  /** kindLevels returns the state of the kinds in each shard; undefined for one that does not know it. */
  async kindLevels(): Promise<readonly KindLevels[] | undefined> {
    try {
      const levels = () => this.#levels((stub) => stub.kindLevels());
      return await sharedRead(this.#place, "kindLevels", levels);
    } catch (thrown) {
      this.#place.log.warning("the state of kinds cannot be read", { reason: reasonOf(thrown) });
      return undefined;
    }
  }

  async #levels(ask: (stub: OperationsStub) => Promise<KindLevels>): Promise<KindLevels[]> {
    const all: KindLevels[] = [];
    for await (const levels of this.#shards.batches(atOnce, ask)) all.push(...levels);
    return all;
  }

  /**
   * trends returns what the shards have counted over time, combined: every step of a range, oldest first, and as of when
   * they were read.
   */
  trends(range: TrendRange): Promise<{ at: number; steps: readonly Step[] }> {
    return sharedRead(this.#place, `trends ${range}`, async () => {
      const at = Date.now();
      let sums: readonly Step[] | undefined;
      for await (const steps of this.#shards.batches(atOnce, (stub) => stub.trends(range, at))) {
        sums = merged(sums ? [sums, ...steps] : steps);
      }
      return { at, steps: sums ?? [] };
    });
  }

  /**
   * count adds what a Worker has counted of the tenant's requests: how many there were, when they came, and how many a
   * limit has refused.
   */
  count(traffic: Traffic, requests: readonly RequestCounts[], limited: number): Promise<void> {
    return this.#shards.at(0).count(traffic, requests, limited);
  }

  #creating(): Creating {
    return new Creating(this.#place, this.#shards);
  }

  /** Calls the object that an ID names; an ID that is not one of ours is not found. */
  async #of<T>(id: string, ask: (stub: OperationsStub) => Promise<Reply<T>>): Promise<Reply<T>> {
    const stub = this.#shards.of(id);
    return stub ? ask(stub) : { error: notFound(id) };
  }

  /** The same for calls that are combined with those of other requests. */
  #joined<T>(id: string, ask: (object: JoinedObject) => Promise<Reply<T>>): Promise<Reply<T>> {
    const object = this.#shards.joinedOf(id);
    return object ? ask(object) : Promise.resolve({ error: notFound(id) });
  }
}
