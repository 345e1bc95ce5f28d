import { DurableObject } from "cloudflare:workers";
import type { Delivery } from "../core/delivery.ts";
import type { DocumentKey, DocumentPage, DocumentQuery, DocumentWrite } from "../core/document.ts";
import { type Failure, failure, notFound } from "../core/errors.ts";
import { type Idempotency, type InputRequest, isTerminal } from "../core/operation/operation.ts";
import {
  brief,
  type CreateCommand,
  type Created,
  type Encoded,
  type ListPage,
  type ListQuery,
  type Payload,
  type Reply,
  type Snapshot,
} from "../core/reply.ts";
import type { ShardStats } from "../core/statistics/shard-stats.ts";
import type { Traffic } from "../core/statistics/traffic.ts";
import type { Step, TrendRange } from "../core/statistics/trends.ts";
import type { ClaimCommand, Claimed, ClaimedAttempt, WorkEnd, WorkReport } from "../core/work.ts";
import type { Answer, AttemptReports, StopReason } from "../runner/attempt.ts";
import type { Deployment } from "../runner/deployment.ts";
import { DocumentWrites } from "./documents/document-writes.ts";
import { Operations, replay } from "./map/operations.ts";
import { sharesOf } from "./map/quota.ts";
import type { Reservation } from "./map/reservations.ts";
import { staleness } from "./map/staleness.ts";
import { Settling } from "./schedule/settling.ts";
import { crowded, maxSockets, Sockets } from "./sockets/sockets.ts";
import { Waiters } from "./sockets/waiters.ts";
import { type AllTarget, type WatchCommand, watchCommandOf } from "./sockets/watch-command.ts";
import { Counters } from "./storage/counters.ts";
import { operationIds } from "./storage/operation-ids.ts";
import type { RequestCounts } from "./trends/trend-log.ts";

/**
 * OperationsObject is one shard of a tenant's Operations map: its store, its waiters, its one
 * alarm. Its name is `{tenant}/{shard}`. Whoever calls it has been authenticated by the Worker.
 */
export class OperationsObject extends DurableObject<Cloudflare.Env> implements AttemptReports {
  readonly #map: Operations;
  readonly #counters: Counters;
  readonly #sockets: Sockets;
  readonly #writes: DocumentWrites;
  readonly #settling: Settling;

  constructor(
    ctx: DurableObjectState,
    env: Cloudflare.Env,
    deployment: Deployment,
    map = new Operations(ctx, env, deployment),
  ) {
    super(ctx, env);
    this.#map = map;
    this.#counters = new Counters(this.#map.sql);
    this.#sockets = new Sockets(ctx, Math.min(maxSockets, sharesOf(deployment, env).waiters));
    this.#settling = new Settling(this.#map);
    this.#writes = new DocumentWrites(ctx.storage, this.#map);
    ctx.blockConcurrencyWhile(() => this.#map.restore());
  }

  /**
   * create makes an operation, or answers the one that its idempotency key made. With `linger` it
   * answers once the operation has ended or that many milliseconds have passed.
   */
  async create(command: CreateCommand, linger = 0): Promise<Reply<Created>> {
    return this.#ended(await this.#map.join(() => this.#map.create(command)), linger);
  }

  /** createWrite is create for the write of a document, where it can be made as things stand. */
  async createWrite(
    command: CreateCommand,
    write: DocumentWrite,
    linger = 0,
  ): Promise<Reply<Created>> {
    return this.#ended(await this.#map.join(() => this.#writes.begin(command, write)), linger);
  }

  /** commitDocument makes the write of an attempt and ends its operation, or answers why not. */
  commitDocument(id: string, attempt: number, write: DocumentWrite): Promise<Failure | undefined> {
    return this.#map.join(() => this.#writes.commit(id, attempt, write));
  }

  /** document answers a document that is there, as JSON text. */
  document(key: DocumentKey): string | undefined {
    return this.#writes.documents.get(key)?.doc;
  }

  /** documents answers one page of a storage. */
  documents(query: DocumentQuery): DocumentPage {
    return this.#writes.documents.page(query);
  }

  /** operationIds answers up to `limit` ids of this shard after an id, in creation order. */
  operationIds(after: string, limit: number): string[] {
    return operationIds(this.#map.sql, after, limit, Date.now());
  }

  /** createMany makes several in one commit, each as create does, and answers in their order. */
  createMany(commands: readonly CreateCommand[]): Promise<Reply<Created>[]> {
    return this.#map.join(() => commands.map((command) => brief(this.#map.createAlone(command))));
  }

  /** findMany answers for each idempotency key the operation that it made, while that lives. */
  findMany(keys: readonly Idempotency[]): (Reply<Created> | undefined)[] {
    const now = Date.now();
    return keys.map((asked) => {
      const made = this.#map.store.byKey(asked.key, now);
      return made && brief(replay(made, asked));
    });
  }

  /**
   * reserveMany leaves what idempotency keys make to other objects of the tenant, or answers what
   * they have made here already. Creates with such a key are then refused with an Elsewhere.
   */
  reserveMany(reservations: readonly Reservation[]): Promise<(Reply<Created> | undefined)[]> {
    return this.#map.join(() =>
      reservations.map((reservation) => {
        const made = this.#map.reserve(reservation);
        return made && brief(made);
      }),
    );
  }

  /** read answers an operation. */
  read(id: string): Encoded<Reply<Snapshot>> | Promise<Encoded<Reply<Snapshot>>> {
    // Almost always its time has not come, and then a read takes no turn of its own.
    const settled = this.#settling.settle([id]);
    return settled ? settled.then(() => this.#map.encoded(id)) : this.#map.encoded(id);
  }

  /** readMany answers several, each as read does, in the order asked for. */
  async readMany(ids: readonly string[]): Promise<Reply<Snapshot>[]> {
    await this.#settling.settle(ids);
    return ids.map((id) => brief(this.#map.snapshot(id)));
  }

  /**
   * readResult answers an operation with the body of its result, where it has succeeded.
   *
   * @param atMost how large a body may be to be sent, in bytes; readPart reads what is larger
   */
  async readResult(
    id: string,
    atMost = Number.POSITIVE_INFINITY,
  ): Promise<Reply<Snapshot & { body?: Payload }>> {
    await this.#settling.settle([id]);
    const reply = this.#map.snapshot(id);
    if (reply.error || !reply.op.result || reply.op.result.size > atMost) return reply;
    const body = this.#map.store.result(id);
    return body === undefined ? reply : { ...reply, body };
  }

  /** readPart answers the bytes of a result from `start` to before `end`, reading no others. */
  readPart(id: string, start: number, end: number): Reply<{ bytes: ArrayBuffer }> {
    const reply = this.#map.snapshot(id);
    const bytes = reply.error ? undefined : this.#map.store.resultPart(id, start, end);
    return bytes ? { bytes } : { error: notFound(id) };
  }

  /** readInput answers what an operation was made with, as JSON text, empty where that is nothing. */
  async readInput(id: string): Promise<Reply<{ input: string }>> {
    await this.#settling.settle([id]);
    const reply = this.#map.snapshot(id);
    return reply.error ? reply : { input: this.#map.store.input(id) ?? "" };
  }

  /** list answers one page of this shard. */
  async list(query: ListQuery): Promise<ListPage> {
    return this.#settling.list(query);
  }

  /** cancel asks for an operation to end; one that has ended stays as it is. */
  cancel(id: string, ifVersion?: number): Promise<Reply<Snapshot>> {
    return this.#map.join(() => {
      const stale = staleness(this.#map, id, ifVersion);
      return stale ? { error: stale } : this.#map.send(id, { type: "cancel" });
    });
  }

  /** remove deletes a finished operation. */
  remove(id: string, ifVersion?: number): Promise<Reply<{ removed: true }>> {
    return this.#map.join(() => {
      this.#map.pass(id, Date.now());
      const stale = staleness(this.#map, id, ifVersion);
      if (stale) return { error: stale };
      const reply = this.#map.snapshot(id);
      if (reply.error) return reply;
      if (!isTerminal(reply.op)) {
        const message = `Cannot delete operation ${id} while it is ${reply.op.status}`;
        return { error: failure("operation-active", message) };
      }
      this.#map.recoverTrends();
      this.#map.removed(reply.op);
      return { removed: true };
    });
  }

  /** deliveries answers what is known of telling an operation's webhook: one, or none yet. */
  async deliveries(id: string): Promise<Reply<{ deliveries: Delivery[] }>> {
    await this.#settling.settle([id]);
    const reply = this.#map.snapshot(id);
    if (reply.error) return reply;
    const delivery = this.#map.deliveries.get(id);
    return { deliveries: delivery ? [delivery] : [] };
  }

  /** redeliver tells the webhook of a finished operation again. */
  redeliver(id: string): Promise<Reply<{ deliveries: Delivery[] }>> {
    return this.#map.join(() => {
      const reply = this.#map.snapshot(id);
      if (reply.error) return reply;
      const { webhook, status } = reply.op;
      if (!webhook) return { error: failure("not-found", `Operation ${id} has no webhook`) };
      if (!isTerminal(reply.op)) {
        const message = `Cannot redeliver operation ${id} while it is ${status}`;
        return { error: failure("operation-active", message) };
      }
      return { deliveries: [this.#map.deliveries.begin(reply, webhook, Date.now())] };
    });
  }

  /** progress takes what an attempt says of itself. */
  progress(id: string, attempt: number, percent?: number, message?: string): Promise<void> {
    return this.#map.join(() => {
      this.#map.send(id, {
        type: "progress",
        attempt,
        ...(percent !== undefined && { percentComplete: percent }),
        ...(message !== undefined && { statusMessage: message }),
      });
    });
  }

  /** claim hands out external work: each attempt to one claimer, oldest operations first. */
  claim(command: ClaimCommand): Promise<readonly Claimed[]> {
    return this.#map.join(() => {
      this.#map.tick(Date.now());
      return this.#map.work.claim(command);
    });
  }

  /** release takes back attempts that were claimed and that no worker has seen. */
  release(claimed: readonly ClaimedAttempt[]): Promise<void> {
    return this.#map.join(() => this.#map.work.release(claimed));
  }

  /** report takes what the worker that holds an attempt says of it. */
  report(id: string, report: WorkReport): Promise<Reply<Snapshot>> {
    return this.#map.join(() => this.#map.work.report(id, report));
  }

  /** end takes how the worker that holds an attempt ended it. */
  end(id: string, end: WorkEnd): Promise<Reply<Snapshot>> {
    return this.#map.join(() => this.#map.work.end(id, end));
  }

  /** ask answers question `index` of an attempt, once somebody has; asking it again changes nothing. */
  async ask(id: string, attempt: number, index: number, request: InputRequest): Promise<Answer> {
    for (;;) {
      const asked = await this.#map.join(() => this.#map.asking.ask(id, attempt, index, request));
      if (asked.type !== "wait") return asked;
      await asked.over;
    }
  }

  /** answer gives an operation the input that question `index` asked for, as JSON text. */
  answer(id: string, index: number, answer: string): Promise<Reply<Snapshot>> {
    return this.#map.join(() => this.#map.asking.answer(id, index, answer));
  }

  /** stopped resolves when an attempt should end early. */
  stopped(id: string, attempt: number): Promise<StopReason> {
    return this.#map.attempts.stopped(id, attempt);
  }

  /** count adds what a Worker has counted of the tenant's requests: in all, and when they came. */
  count(traffic: Traffic, requests: readonly RequestCounts[] = []): Promise<void> {
    return this.#map.join(() => {
      this.#counters.add(traffic);
      this.#map.requested(requests);
    });
  }

  /** trends answers what this shard has counted over time: every step of a range, oldest first. */
  async trends(range: TrendRange, now: number): Promise<readonly Step[]> {
    this.#settling.catchUp(Date.now());
    return this.#map.trends.read(range, now);
  }

  /** stats answers what this shard holds and has counted. */
  async stats(): Promise<ShardStats> {
    this.#settling.catchUp(Date.now());
    if (this.#map.sql.isMade) await this.#map.takeUp();
    return {
      operations: this.#map.store.counts(Date.now()),
      traffic: this.#counters.read(),
      attempts: this.#map.attempts.size,
      waiters: this.#sockets.size,
    };
  }

  /**
   * fetch takes the upgrade of a waiter: `/?id=…&until=…[&after=VERSION]`. A wait that is over
   * already is answered at once, as JSON; any other with a socket whose first frame is the present
   * state, and whose last is the state that ended the wait. `/claim?kind=…&until=…` is the same
   * for workers that wait for something to claim: JSON where there is, else a socket that says when.
   * A watcher's is `/?watch=COMMAND`: of a finished operation it gets the snapshot as JSON, else a
   * socket that is told of every change.
   */
  override async fetch(request: Request): Promise<Response> {
    return this.#guard(async () => {
      const { pathname, searchParams: query } = new URL(request.url);
      this.#settling.catchUp(Date.now());
      if (pathname === "/claim") {
        if (this.#isCrowded()) return Response.json({ error: crowded });
        const response = this.#map.work.wait(query);
        if (response.webSocket) this.#sockets.added();
        return response;
      }
      const watch = watchCommandOf(query);
      if (watch) {
        if ("id" in watch.target) await this.#settling.settle([watch.target.id]);
        return this.#watch(watch);
      }
      const id = query.get("id") ?? "";
      await this.#settling.settle([id]);
      const reply = this.#map.snapshot(id);
      const after = query.has("after") ? Number(query.get("after")) : undefined;
      if (reply.error || Waiters.isSatisfied(reply, after)) return Response.json(reply);
      const until = Number(query.get("until"));
      if (this.#isCrowded()) return Response.json({ error: crowded });
      this.#sockets.added();
      return this.#map.waiters.accept(reply, after === undefined ? { until } : { until, after });
    });
  }

  /** webSocketMessage takes what a watcher says; a waiter has nothing to say. */
  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    await this.#guard(async () => {
      const id = this.#map.watchers.hear(socket, message);
      if (id !== undefined) await this.cancel(id);
    });
  }

  override webSocketClose(socket: WebSocket): void {
    try {
      socket.close();
    } catch (thrown) {
      this.#map.log.V(1)?.info("a waiter's socket was closed already", { reason: String(thrown) });
    }
  }

  /** alarm does what is due. It never throws: the runtime gives up on an alarm that keeps failing. */
  override async alarm(): Promise<void> {
    this.#map.schedule.fired();
    try {
      await this.#map.join(() => this.#map.sweep(Date.now()));
    } catch (thrown) {
      this.#map.panicked(thrown, { event: "alarm" });
      this.#map.schedule.retry(Date.now());
    }
  }

  /** How an operation stands once it has ended, or `linger` milliseconds have passed. */
  async #ended(reply: Reply<Created>, linger: number): Promise<Reply<Created>> {
    if (linger === 0 || reply.error || isTerminal(reply.op)) return reply;
    // What was made before may have ended since, in the same group of writes.
    const made = reply.replayed ? this.#map.snapshot(reply.op.id) : reply;
    if (!made.error && isTerminal(made.op)) return { ...reply, ...made };
    if (this.#isCrowded()) return reply;
    await this.#map.waiters.finished(reply.op.id, linger);
    const now = this.#map.store.get(reply.op.id, Date.now());
    return now ? { ...reply, ...now } : reply;
  }

  /** Whether as many wait here as may, on sockets or in the answer of a create. */
  #isCrowded(): boolean {
    return this.#sockets.isFull(Date.now(), this.#map.waiters.inEvent);
  }

  #watch(command: WatchCommand): Response {
    const { target } = command;
    const reply = "id" in target ? this.#map.snapshot(target.id) : undefined;
    if (reply?.error || (reply && isTerminal(reply.op))) return Response.json(reply);
    const now = Date.now();
    if (this.#isCrowded()) return Response.json({ error: crowded });
    this.#sockets.added();
    return "id" in target && reply
      ? this.#map.watchers.acceptOne(reply, command, target)
      : this.#map.watchers.acceptAll(now, command, target as AllTarget);
  }

  async #guard<T>(event: () => Promise<T>): Promise<T | Response> {
    try {
      return await event();
    } catch (thrown) {
      this.#map.panicked(thrown);
      return Response.json({ error: failure("internal", "Something broke here") });
    }
  }
}
