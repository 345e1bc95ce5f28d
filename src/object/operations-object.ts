import { DurableObject } from "cloudflare:workers";
import { reasonOf } from "../base/log.ts";
import type { BulkOrder, BulkPage } from "../core/bulk.ts";
import type { Delivery } from "../core/delivery.ts";
import type { DocumentKey, DocumentPage, DocumentQuery, DocumentWrite } from "../core/document.ts";
import { type Failure, failure } from "../core/errors.ts";
import type { NewLine } from "../core/log-line.ts";
import type { MoveOrder, Moves } from "../core/moving/moving.ts";
import type { AttemptRecord } from "../core/operation/attempt-record.ts";
import {
  type ArrivalOrder,
  noBucket,
  type Upload,
  type UploadAsk,
} from "../core/operation/large.ts";
import type {
  Idempotency,
  InputRequest,
  ResultHead,
  Uploaded,
} from "../core/operation/operation.ts";
import type { KeptSteps, StepFailure, StepRecord } from "../core/operation/step.ts";
import type { OutputPage, OutputPlace } from "../core/output.ts";
import {
  type CreateCommand,
  type Created,
  decodePage,
  type Encoded,
  type ListPage,
  type ListQuery,
  type Payload,
  type Reply,
  type Snapshot,
  type StoredPage,
} from "../core/reply.ts";
import type { KindLevels } from "../core/statistics/kind-levels.ts";
import type { Measures, ShardStats } from "../core/statistics/shard-stats.ts";
import type { Traffic } from "../core/statistics/traffic.ts";
import type { Step, TrendRange } from "../core/statistics/trends.ts";
import type {
  ClaimCommand,
  Claimed,
  ClaimedAttempt,
  OutputWrite,
  WorkEnd,
  WorkReport,
} from "../core/work.ts";
import type { Answer, AttemptReports, StepReply, StopReason } from "../runner/attempt.ts";
import type { Deployment } from "../runner/deployment.ts";
import { answered } from "./attempts/asking.ts";
import { callMany, type Listener, type Part } from "./calls.ts";
import type { Reservation } from "./map/reservations.ts";
import { Rooms } from "./rooms.ts";
import { makeClaims } from "./schedule/claims.ts";
import type { Found } from "./schedule/work.ts";
import type { RequestCounts } from "./trends/trend-log.ts";

type Made = Promise<Reply<Created>>;

/** Joinable is the names of the methods whose calls may be combined. */
export type Joinable = "read" | "create" | "createWrite" | "cancel" | "report" | "end";

/**
 * OperationsObject is one shard of a tenant's Operations map, as the runtime and Workers call it: each call goes to the
 * room that it belongs to, in a group of writes if it changes something. Its name is `{tenant}/{shard}`. Callers have
 * been authenticated by the Worker.
 */
export class OperationsObject extends DurableObject<Cloudflare.Env> implements AttemptReports {
  readonly #rooms: Rooms;

  constructor(
    ctx: DurableObjectState,
    env: Cloudflare.Env,
    deployment: Deployment,
    rooms = new Rooms(ctx, env, deployment),
  ) {
    super(ctx, env);
    this.#rooms = rooms;
    ctx.blockConcurrencyWhile(() => rooms.restore());
  }

  /**
   * create creates an operation, or returns the one that its idempotency key created. With `linger` it returns once the
   * operation has ended or that many milliseconds have passed.
   */
  async create(command: CreateCommand, linger = 0): Made {
    const made = await this.#rooms.make(() => this.#rooms.map.create(command));
    return this.#rooms.upgrades.ended(made, linger);
  }

  /**
   * createKept is create for an operation that continues with the steps of another; if that one is elsewhere, readKept
   * returns its steps.
   */
  async createKept(command: CreateCommand, from: string, kept?: KeptSteps, linger = 0): Made {
    const made = await this.#rooms.make(() => this.#rooms.keptSteps.create(command, from, kept));
    return this.#rooms.upgrades.ended(made, linger);
  }

  /** createUploaded is create for a request whose body is in the bucket; see `arrival`. */
  async createUploaded(command: CreateCommand, upload: Uploaded, linger = 0): Made {
    const { large, map } = this.#rooms;
    if (!large) return { error: noBucket };
    const made = await this.#rooms.make(() =>
      large.arrived(upload, (keep) =>
        map.create({ ...command, upload }, false, { size: upload.size, write: keep }),
      ),
    );
    return this.#rooms.upgrades.ended(made, linger);
  }

  /** arrival does what a Worker asks for while it receives the body of a request that is to create an operation. */
  async arrival(order: ArrivalOrder): Promise<Reply<Partial<Upload>>> {
    return (await this.#rooms.large?.arrival(order)) ?? { error: noBucket };
  }

  /** readKept returns what another operation needs to continue with the steps of one that has ended. */
  async readKept(id: string): Promise<Reply<KeptSteps>> {
    await this.#rooms.settling.settle([id]);
    return this.#rooms.keptSteps.read(id);
  }

  /** createWrite is create for the write of a document, if it can be made in the current state. */
  async createWrite(command: CreateCommand, write: DocumentWrite, linger = 0): Made {
    const made = await this.#join(() => this.#rooms.documentWrites.begin(command, write));
    return this.#rooms.upgrades.ended(made, linger);
  }

  /** commitDocument makes the write of an attempt and ends its operation, or returns why not. */
  commitDocument(id: string, attempt: number, write: DocumentWrite): Promise<Failure | undefined> {
    return this.#join(() => this.#rooms.documentWrites.commit(id, attempt, write));
  }

  /** document returns a document as JSON text, if it exists. */
  document(key: DocumentKey): string | undefined {
    return this.#rooms.documents.get(key)?.doc;
  }

  /** documents returns one page of a storage. */
  documents(query: DocumentQuery): DocumentPage {
    return this.#rooms.documents.page(query);
  }

  /** operationIds returns up to `limit` IDs of this shard after an ID, in the order of creation. */
  operationIds(after: string, limit: number): string[] {
    return this.#rooms.reads.ids(after, limit);
  }

  /**
   * callMany makes many independent calls of one method at once: see the function of that name. Their writes share a
   * commit.
   */
  callMany<M extends Joinable>(
    method: M,
    calls: readonly Parameters<OperationsObject[M]>[],
    listener?: Listener,
  ): Promise<Part> {
    const made = this[method] as (...args: unknown[]) => unknown;
    const call = (args: readonly unknown[]) => made.apply(this, [...args]);
    return callMany(calls, call, () => this.ctx.storage.sync(), listener);
  }

  /** createMany creates several in one commit, each as create does, and returns them in order. */
  createMany(commands: readonly CreateCommand[]): Promise<Reply<Created>[]> {
    return this.#rooms.make(() => this.#rooms.map.createMany(commands));
  }

  /** findMany returns for each idempotency key the operation that it created, while that exists. */
  findMany(keys: readonly Idempotency[]): (Reply<Created> | undefined)[] {
    return this.#rooms.map.findMany(keys);
  }

  /**
   * reserveMany leaves it to other objects of the tenant to create for these idempotency keys, or returns what they
   * have created here already. Later creates with such a key are refused with an Elsewhere.
   */
  reserveMany(reservations: readonly Reservation[]): Promise<(Reply<Created> | undefined)[]> {
    return this.#join(() => this.#rooms.map.reserveMany(reservations));
  }

  /** read returns an operation. */
  read(id: string): Encoded<Reply<Snapshot>> | Promise<Encoded<Reply<Snapshot>>> {
    return this.#rooms.reads.encoded(id);
  }

  /** readMany returns several, each as read does, in the order of `ids`. */
  async readMany(ids: readonly string[]): Promise<Reply<Snapshot>[]> {
    return this.#rooms.reads.many(ids);
  }

  /**
   * readResult returns an operation with the body of its result, if it has succeeded.
   *
   * @param atMost how large a body may be, in bytes, to be returned; readPart reads larger ones
   */
  async readResult(
    id: string,
    atMost = Number.POSITIVE_INFINITY,
  ): Promise<Reply<Snapshot & { body?: Payload }>> {
    return this.#rooms.reads.withResult(id, atMost);
  }

  /** readPart returns the bytes of a result from `start` up to, not including, `end`. It reads no others. */
  readPart(id: string, start: number, end: number): Reply<{ bytes: ArrayBuffer }> {
    return this.#rooms.reads.part(id, start, end);
  }

  /** readInput returns an operation's input as JSON text, empty if it has none. */
  async readInput(id: string): Promise<Reply<{ input: string }>> {
    return this.#rooms.reads.input(id);
  }

  /** page returns one page of this shard, as it is stored. */
  page(query: ListQuery): StoredPage | Promise<StoredPage> {
    return this.#rooms.reads.page(query);
  }

  /** pages returns many, each with its outcome; see callPages. */
  pages(queries: readonly ListQuery[]): Promise<Part> {
    return this.#rooms.reads.pages(queries);
  }

  /** list is page for Workers with older code. */
  async list(query: ListQuery): Promise<ListPage> {
    return decodePage(await this.page(query));
  }

  /** cancel asks an operation to end, or by force ends it; one that has ended stays as it is. */
  cancel(id: string, ifVersion?: number, force = false): Promise<Reply<Snapshot>> {
    return this.#join(() => this.#rooms.map.cancel(id, ifVersion, force));
  }

  /** remove deletes a finished operation. */
  remove(id: string, ifVersion?: number): Promise<Reply<{ removed: true }>> {
    return this.#join(() => this.#rooms.map.remove(id, ifVersion));
  }

  /** deliveries returns the delivery of an operation's webhook, if there is one. */
  async deliveries(id: string): Promise<Reply<{ deliveries: Delivery[] }>> {
    await this.#rooms.settling.settle([id]);
    return this.#rooms.redelivery.of(id);
  }

  /** redeliver sends the webhook of a finished operation again. */
  redeliver(id: string): Promise<Reply<{ deliveries: Delivery[] }>> {
    return this.#join(() => this.#rooms.redelivery.again(id));
  }

  /** progress stores what an attempt reports of its progress. */
  progress(id: string, attempt: number, percent?: number, message?: string): Promise<void> {
    return this.#join(() => {
      this.#rooms.map.send(id, {
        type: "progress",
        attempt,
        ...(percent !== undefined && { percentComplete: percent }),
        ...(message !== undefined && { statusMessage: message }),
      });
    });
  }

  /** logged stores what an attempt has logged; it changes nothing else. */
  logged(id: string, attempt: number, log: readonly NewLine[]): Promise<void> {
    return this.#join(() => {
      const leaves = this.#rooms.history.keep(id, attempt, { log });
      if (leaves) this.#rooms.map.send(id, { type: "progress", attempt, leaves });
    });
  }

  /** readAttempts returns an operation's last 20 attempts, oldest first. */
  async readAttempts(id: string): Promise<Reply<{ attempts: readonly AttemptRecord[] }>> {
    const reply = await this.#rooms.reads.one(id);
    return reply.error ? reply : { attempts: this.#rooms.history.of(reply.op) };
  }

  /** claim hands out external work: each attempt to one claimer, oldest operations first. */
  async claim(command: ClaimCommand): Promise<readonly Claimed[]> {
    return (await makeClaims(this.#rooms, [command]))[0] ?? [];
  }

  /** claimMany makes several claims, as Work does. */
  claimMany(commands: readonly ClaimCommand[]): Promise<Found> {
    return makeClaims(this.#rooms, commands);
  }

  /** wakeWorkers signals again that there is something to claim of these kinds: nothing has come of a signal before. */
  async wakeWorkers(kinds: readonly string[]): Promise<void> {
    this.#rooms.work.wakeWorkers(kinds);
  }

  /** release takes back attempts that were claimed and that no worker has seen. */
  release(claimed: readonly ClaimedAttempt[]): Promise<void> {
    return this.#join(() => this.#rooms.work.release(claimed));
  }

  /** giveBack takes back an attempt that a worker holds. It can be claimed immediately, and does not count. */
  giveBack(id: string, attempt: number): Promise<Reply<Snapshot>> {
    return this.#join(() => this.#rooms.work.giveBack(id, attempt));
  }

  /** report stores what the worker that holds an attempt reports. */
  report(id: string, report: WorkReport): Promise<Reply<Snapshot>> {
    return this.#join(() => this.#rooms.work.report(id, report));
  }

  /** end ends an attempt as the worker that holds it says. */
  end(id: string, end: WorkEnd): Promise<Reply<Snapshot>> {
    return this.#join(() => this.#rooms.work.end(id, end));
  }

  /** endWith is end for a result that a worker has sent as bytes, or that is in the bucket. */
  endWith(
    id: string,
    attempt: number,
    result: ResultHead,
    body?: Payload,
  ): Promise<Reply<Snapshot>> {
    return this.#join(() => this.#rooms.work.endWith(id, attempt, result, body));
  }

  /** step stores a step of an attempt that is running here. */
  step(id: string, attempt: number, record: StepRecord): Promise<StepReply> {
    return this.#join(() => this.#rooms.steps.store(id, attempt, record));
  }

  /** undone stores that an attempt that is running here has undone a step, or why it could not. */
  undone(id: string, attempt: number, name: string, error?: StepFailure): Promise<StepReply> {
    return this.#join(() => this.#rooms.undoing.store(id, attempt, name, error));
  }

  /** ask returns the answer to question `index` of an attempt, once there is one; asking again changes nothing. */
  ask(id: string, attempt: number, index: number, request: InputRequest): Promise<Answer> {
    return answered(() => this.#join(() => this.#rooms.asking.ask(id, attempt, index, request)));
  }

  /** answer stores the answer to question `index` of an operation, as JSON text. */
  answer(id: string, index: number, answer: string, by?: string): Promise<Reply<Snapshot>> {
    return this.#join(() => this.#rooms.asking.answer(id, index, answer, by));
  }

  /** writeOutput stores what the current attempt has written, and returns the output's new size. */
  writeOutput(id: string, write: OutputWrite): Promise<Reply<{ size: number }>> {
    return this.#join(() => this.#rooms.output.write(id, write));
  }

  /** readOutput returns an operation's output from an offset on, as much as a message should hold. */
  async readOutput(id: string, place: OutputPlace): Promise<Reply<OutputPage>> {
    const reply = await this.#rooms.reads.one(id);
    return reply.error ? reply : this.#rooms.output.read(reply, place);
  }

  /** beginUpload reserves a place in the bucket for the result of a running attempt. */
  async beginUpload(id: string, ask: UploadAsk): Promise<Reply<Upload>> {
    return (await this.#rooms.large?.begin(id, ask)) ?? { error: noBucket };
  }

  /** stopped resolves when an attempt should end early. */
  stopped(id: string, attempt: number): Promise<StopReason> {
    return this.#rooms.attempts.stopped(id, attempt);
  }

  /** bulk continues an operation of kind `bulk` in this shard, for one page. */
  bulk(order: BulkOrder): Promise<BulkPage> {
    return this.#rooms.bulk.next(order);
  }

  /** move returns what an export needs, or stores what an import contains. */
  move(order: MoveOrder): Promise<Moves[keyof Moves]> {
    return this.#rooms.moving.take(order);
  }

  /** erase removes everything that is here, and ends this life of the object: see Erasure. */
  erase(): Promise<boolean> {
    return this.#rooms.erasure.erase();
  }

  /**
   * count adds what a Worker has counted of the tenant's requests: how many there were, when they came, and how many a
   * limit has refused.
   */
  count(traffic: Traffic, requests: readonly RequestCounts[] = [], limited = 0): Promise<void> {
    return this.#join(() => this.#rooms.stats.count(traffic, requests, limited));
  }

  /** trends returns what this shard has counted over time: every step of a range, oldest first. */
  async trends(range: TrendRange, now: number): Promise<readonly Step[]> {
    this.#rooms.settling.catchUp(Date.now());
    return this.#rooms.stats.trends(range, now);
  }

  /**
   * setPaused pauses kinds, of which nothing more is started or handed out here, or resumes them; it returns the state
   * of the kinds.
   */
  setPaused(kind: string, isPaused: boolean): Promise<KindLevels> {
    return this.#join(() => this.#rooms.work.setPaused(kind, isPaused));
  }

  /** pausedKinds returns the kinds that are paused here. */
  pausedKinds(): readonly string[] {
    return [...this.#rooms.paused.all];
  }

  /** kindLevels returns the state of the kinds here. */
  async kindLevels(): Promise<KindLevels> {
    this.#rooms.settling.catchUp(Date.now());
    await this.#rooms.upkeep.takeUp();
    return this.#rooms.work.levels();
  }

  /** stats returns what this shard holds and has counted. */
  async stats(): Promise<ShardStats> {
    this.#rooms.settling.catchUp(Date.now());
    await this.#rooms.upkeep.takeUp();
    return this.#join(() => this.#rooms.stats.read());
  }

  /** measures returns what this shard has counted, without reading any operations. */
  async measures(): Promise<Measures> {
    this.#rooms.settling.catchUp(Date.now());
    await this.#rooms.upkeep.takeUp();
    return this.#join(() => this.#rooms.stats.measures());
  }

  /** fetch accepts an upgrade of a socketUrl: see Upgrades. */
  override async fetch(request: Request): Promise<Response> {
    return this.#guard(() => {
      this.#rooms.settling.catchUp(Date.now());
      return this.#rooms.upgrades.accept(request.url);
    });
  }

  /** webSocketMessage handles a watcher's message; waiters send none. */
  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    await this.#guard(async () => {
      const id = this.#rooms.watchers.hear(socket, message);
      if (id !== undefined) await this.cancel(id);
    });
  }

  override webSocketClose(socket: WebSocket): void {
    try {
      socket.close();
    } catch (thrown) {
      this.#rooms.log
        .V(1)
        ?.info("a waiter's socket was closed already", { reason: reasonOf(thrown) });
    }
  }

  /** alarm does what is due. It never throws. */
  override alarm(): Promise<void> {
    return this.#rooms.upkeep.alarm();
  }

  #join<T>(write: () => T): Promise<T> {
    return this.#rooms.writes.join(write);
  }

  async #guard<T>(event: () => Promise<T>): Promise<T | Response> {
    try {
      return await event();
    } catch (thrown) {
      this.#rooms.panics.report(thrown);
      return Response.json({ error: failure("internal", "Internal error") });
    }
  }
}
