import { DurableObject } from "cloudflare:workers";
import { Logger } from "../base/log.ts";
import { panic, tell } from "../base/panic.ts";
import type { Delivery } from "../core/delivery.ts";
import { type Failure, failure, notFound } from "../core/errors.ts";
import { IdSource } from "../core/id.ts";
import {
  apply,
  createOperation,
  type Event,
  type Idempotency,
  type InputRequest,
  isTerminal,
  type Operation,
} from "../core/operation.ts";
import type {
  CreateCommand,
  Encoded,
  ListPage,
  ListQuery,
  Payload,
  Reply,
  Snapshot,
} from "../core/reply.ts";
import type { Traffic } from "../core/traffic.ts";
import type { ClaimCommand, Claimed, WorkEnd, WorkReport } from "../core/work.ts";
import { type Answer, Asking } from "./asking.ts";
import { Attempts } from "./attempts.ts";
import { concurrencyOf } from "./concurrency.ts";
import { Counters } from "./counters.ts";
import { Deliveries } from "./deliveries.ts";
import { type ObjectSettings, objectSettings } from "./environment.ts";
import { GroupCommit } from "./group-commit.ts";
import type { Ended } from "./outcome.ts";
import { Queues } from "./queues.ts";
import type { Runner, StopReason } from "./runner.ts";
import { Schedule } from "./schedule.ts";
import { Sockets } from "./sockets.ts";
import { Store } from "./store.ts";
import { Waiters } from "./waiters.ts";
import { type AllTarget, type WatchCommand, watchCommandOf } from "./watch-command.ts";
import { Watchers } from "./watchers.ts";
import { Work } from "./work.ts";

/** Created is a Snapshot of what a create made, or had made before. */
export interface Created extends Snapshot {
  /** Set where the idempotency key had made it already. */
  readonly replayed?: true;
}

/** ShardStats is what one shard says of itself. */
export interface ShardStats {
  readonly operations: { kind: string; status: string; count: number }[];
  readonly traffic: Traffic;
  /** Attempts at work in this object. */
  readonly attempts: number;
  /** Sockets of those who wait or watch. */
  readonly waiters: number;
}

/**
 * OperationsObject is one shard of a tenant's Operations map: its store, its waiters, its one
 * alarm. Its name is `{tenant}/{shard}`. Whoever calls it has been authenticated by the Worker.
 */
export class OperationsObject extends DurableObject<Cloudflare.Env> {
  readonly #store: Store;
  readonly #counters: Counters;
  readonly #sockets: Sockets;
  readonly #waiters: Waiters;
  readonly #watchers: Watchers;
  readonly #attempts: Attempts;
  readonly #schedule: Schedule;
  readonly #deliveries: Deliveries;
  readonly #work: Work;
  readonly #asking: Asking;
  readonly #commits = new GroupCommit(
    () => this.ctx.storage.sync(),
    () => {
      this.#work.startNext();
      this.#arm();
    },
  );
  readonly #log: Logger;
  readonly #settings: ObjectSettings;
  #lazyIds: IdSource | undefined;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    // An alarm can wake an object that does not know its name, so nothing here rests on one.
    const object = ctx.id.toString();
    this.#settings = objectSettings(env);
    this.#log = new Logger("object/operations", this.#settings.verbosity, { object });
    this.#store = new Store(ctx.storage.sql);
    this.#schedule = new Schedule(
      ctx.storage,
      this.#store,
      new Queues((of) => concurrencyOf(env, of)),
    );
    this.#work = new Work(ctx, this.#store, this.#schedule, {
      send: (id, event, body) => this.#send(id, event, body),
      failed: (thrown, operation) =>
        ctx.waitUntil(panic(thrown, this.#log, this.#settings, { operation, event: "start" })),
    });
    this.#counters = new Counters(ctx.storage.sql);
    this.#sockets = new Sockets(ctx);
    this.#waiters = new Waiters(ctx);
    this.#watchers = new Watchers(ctx);
    this.#attempts = new Attempts(
      object,
      (task) => (ctx.exports.Runner as unknown as Pick<Runner, "run">).run(task),
      (id, attempt, ended) => void this.#finish(id, attempt, ended),
    );
    this.#deliveries = new Deliveries(ctx.storage.sql, {
      secrets: this.#settings.webhookSecrets,
      join: (write) => this.#commits.join(write),
      isThere: (id) => this.#store.get(id, Date.now()) !== undefined,
      keepAwake: (promise) => ctx.waitUntil(promise),
      note: (message, fields) => this.#log.V(1)?.info(message, fields),
      panicked: (thrown, fields) => ctx.waitUntil(panic(thrown, this.#log, this.#settings, fields)),
    });
    this.#asking = new Asking(this.#store, this.#attempts, (id, event) => this.#send(id, event));
    ctx.blockConcurrencyWhile(async () => {
      if (await this.#schedule.restore(Date.now())) this.#recover();
    });
  }

  /**
   * create makes an operation, or answers the one that its idempotency key made. With `linger` it
   * answers once the operation has ended or that many milliseconds have passed.
   */
  async create(command: CreateCommand, linger = 0): Promise<Reply<Created>> {
    const reply = await this.#commits.join(() => this.#create(command));
    if (linger === 0 || reply.error || isTerminal(reply.op)) return reply;
    await this.#waiters.finished(reply.op.id, linger);
    const now = this.#store.get(reply.op.id, Date.now());
    return now ? { ...reply, ...now } : reply;
  }

  /** createMany makes several in one commit, each as create does, and answers in their order. */
  createMany(commands: readonly CreateCommand[]): Promise<Reply<Created>[]> {
    return this.#commits.join(() => commands.map((command) => this.#createAlone(command)));
  }

  /** findMany answers for each idempotency key the operation that it made, while that lives. */
  findMany(keys: readonly Idempotency[]): (Reply<Created> | undefined)[] {
    const now = Date.now();
    return keys.map(({ key, fingerprint }) => {
      const made = this.#store.byKey(key, now);
      return made && replay(made, fingerprint);
    });
  }

  /** read answers an operation. */
  read(id: string): Encoded<Reply<Snapshot>> | Promise<Encoded<Reply<Snapshot>>> {
    // Almost always nothing is due, and then a read takes no turn of its own.
    if (this.#isDue()) return this.#settleDue().then(() => this.#encoded(id));
    return this.#encoded(id);
  }

  /** readMany answers several, each as read does, in the order asked for. */
  async readMany(ids: readonly string[]): Promise<Reply<Snapshot>[]> {
    await this.#settleDue();
    return ids.map((id) => this.#snapshot(id));
  }

  /** readResult answers an operation with the body of its result, where it has succeeded. */
  async readResult(id: string): Promise<Reply<Snapshot & { body?: Payload }>> {
    await this.#settleDue();
    const reply = this.#snapshot(id);
    if (reply.error || !reply.op.result) return reply;
    const body = this.#store.result(id);
    return body === undefined ? reply : { ...reply, body };
  }

  /** list answers one page of this shard. */
  async list(query: ListQuery): Promise<ListPage> {
    await this.#settleDue();
    return this.#store.list(query, Date.now());
  }

  /** cancel asks for an operation to end; one that has ended stays as it is. */
  cancel(id: string, ifVersion?: number): Promise<Reply<Snapshot>> {
    return this.#commits.join(() => {
      const stale = this.#checkVersion(id, ifVersion);
      return stale ? { error: stale } : this.#send(id, { type: "cancel" });
    });
  }

  /** remove deletes a finished operation. */
  remove(id: string, ifVersion?: number): Promise<Reply<{ removed: true }>> {
    return this.#commits.join(() => {
      const stale = this.#checkVersion(id, ifVersion);
      if (stale) return { error: stale };
      const reply = this.#snapshot(id);
      if (reply.error) return reply;
      if (!isTerminal(reply.op)) {
        const message = `Cannot delete operation ${id} while it is ${reply.op.status}`;
        return { error: failure("operation-active", message) };
      }
      this.#store.remove(id, reply.op.idempotency);
      this.#deliveries.drop(id);
      this.#waiters.gone(id);
      return { removed: true };
    });
  }

  /** deliveries answers what is known of telling an operation's webhook: one, or none yet. */
  async deliveries(id: string): Promise<Reply<{ deliveries: Delivery[] }>> {
    await this.#settleDue();
    const reply = this.#snapshot(id);
    if (reply.error) return reply;
    const delivery = this.#deliveries.get(id);
    return { deliveries: delivery ? [delivery] : [] };
  }

  /** redeliver tells the webhook of a finished operation again. */
  redeliver(id: string): Promise<Reply<{ deliveries: Delivery[] }>> {
    return this.#commits.join(() => {
      const reply = this.#snapshot(id);
      if (reply.error) return reply;
      const { webhook, status } = reply.op;
      if (!webhook) return { error: failure("not-found", `Operation ${id} has no webhook`) };
      if (!isTerminal(reply.op)) {
        const message = `Cannot redeliver operation ${id} while it is ${status}`;
        return { error: failure("operation-active", message) };
      }
      return { deliveries: [this.#deliveries.begin(reply, webhook, Date.now())] };
    });
  }

  /** progress takes what an attempt says of itself. */
  progress(id: string, attempt: number, percent?: number, message?: string): Promise<void> {
    return this.#commits.join(() => {
      this.#send(id, {
        type: "progress",
        attempt,
        ...(percent !== undefined && { percentComplete: percent }),
        ...(message !== undefined && { statusMessage: message }),
      });
    });
  }

  /** claim hands out external work: each attempt to one claimer, oldest operations first. */
  claim(command: ClaimCommand): Promise<readonly Claimed[]> {
    return this.#commits.join(() => {
      this.#tick(Date.now());
      return this.#work.claim(command);
    });
  }

  /** report takes what the worker that holds an attempt says of it. */
  report(id: string, report: WorkReport): Promise<Reply<Snapshot>> {
    return this.#commits.join(() => this.#work.report(id, report));
  }

  /** end takes how the worker that holds an attempt ended it. */
  end(id: string, end: WorkEnd): Promise<Reply<Snapshot>> {
    return this.#commits.join(() => this.#work.end(id, end));
  }

  /** ask answers question `index` of an attempt, once somebody has; asking it again changes nothing. */
  async ask(id: string, attempt: number, index: number, request: InputRequest): Promise<Answer> {
    for (;;) {
      const asked = await this.#commits.join(() => this.#asking.ask(id, attempt, index, request));
      if (asked.type !== "wait") return asked;
      await asked.over;
    }
  }

  /** answer gives an operation the input that question `index` asked for, as JSON text. */
  answer(id: string, index: number, answer: string): Promise<Reply<Snapshot>> {
    return this.#commits.join(() => this.#asking.answer(id, index, answer));
  }

  /** stopped resolves when an attempt should end early. */
  stopped(id: string, attempt: number): Promise<StopReason> {
    return this.#attempts.stopped(id, attempt);
  }

  /** count adds what a Worker has counted of the tenant's requests. */
  count(traffic: Traffic): Promise<void> {
    return this.#commits.join(() => this.#counters.add(traffic));
  }

  /** stats answers what this shard holds and has counted. */
  async stats(): Promise<ShardStats> {
    await this.#settleDue();
    return {
      operations: this.#store.counts(Date.now()),
      traffic: this.#counters.read(),
      attempts: this.#attempts.size,
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
      await this.#settleDue();
      if (pathname === "/claim") {
        if (this.#sockets.isFull(Date.now())) return Response.json({ error: crowded });
        const response = this.#work.wait(query);
        if (response.webSocket) this.#sockets.added();
        return response;
      }
      const watch = watchCommandOf(query);
      if (watch) return this.#watch(watch);
      const reply = this.#snapshot(query.get("id") ?? "");
      const after = query.has("after") ? Number(query.get("after")) : undefined;
      if (reply.error || Waiters.isSatisfied(reply, after)) return Response.json(reply);
      const until = Number(query.get("until"));
      if (this.#sockets.isFull(Date.now())) return Response.json({ error: crowded });
      this.#sockets.added();
      return this.#waiters.accept(reply, after === undefined ? { until } : { until, after });
    });
  }

  /** webSocketMessage takes what a watcher says; a waiter has nothing to say. */
  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    await this.#guard(async () => {
      const id = this.#watchers.hear(socket, message);
      if (id !== undefined) await this.cancel(id);
    });
  }

  override webSocketClose(socket: WebSocket): void {
    try {
      socket.close();
    } catch (thrown) {
      this.#log.V(1)?.info("a waiter's socket was closed already", { reason: String(thrown) });
    }
  }

  /** alarm does what is due. It never throws: the runtime gives up on an alarm that keeps failing. */
  override async alarm(): Promise<void> {
    this.#schedule.fired();
    try {
      await this.#commits.join(() => this.#sweep(Date.now()));
    } catch (thrown) {
      this.ctx.waitUntil(panic(thrown, this.#log, this.#settings, { event: "alarm" }));
      this.#schedule.retry(Date.now());
    }
  }

  /** One that cannot be made does not take from the others what has been made of them. */
  #createAlone(command: CreateCommand): Reply<Created> {
    try {
      return this.#create(command);
    } catch (thrown) {
      this.ctx.waitUntil(panic(thrown, this.#log, this.#settings, { event: "createMany" }));
      return { error: failure("internal", "Something broke here") };
    }
  }

  #create(command: CreateCommand): Reply<Created> {
    const now = Date.now();
    const { shard, input, ...spec } = command;
    const { idempotency } = spec;
    if (idempotency) {
      const made = this.#store.byKey(idempotency.key, now);
      if (made) return replay(made, idempotency.fingerprint);
    }
    const queued = !this.#schedule.queues.hasRoom(spec);
    const op = createOperation({ ...spec, queued, id: this.#ids(shard).next(now) }, now);
    this.#store.insert(op, input);
    this.#schedule.note(op);
    this.#watchers.changed({ op }, this.#store.changes.last);
    if (op.status === "running") this.#attempts.start(op, input);
    return { op };
  }

  #watch(command: WatchCommand): Response {
    const { target } = command;
    const reply = "id" in target ? this.#snapshot(target.id) : undefined;
    if (reply?.error || (reply && isTerminal(reply.op))) return Response.json(reply);
    const now = Date.now();
    if (this.#sockets.isFull(now)) return Response.json({ error: crowded });
    this.#sockets.added();
    return "id" in target && reply
      ? this.#watchers.acceptOne(reply, command, target)
      : this.#watchers.acceptAll(this.#store.changes, now, command, target as AllTarget);
  }

  /** send is the only way an operation changes: one event, one row, one wake-up. */
  #send(id: string, event: Event, body?: Payload): Reply<Snapshot> {
    const now = Date.now();
    const before = this.#store.get(id, now);
    if (!before) return { error: notFound(id) };
    const op = apply(before.op, event, now);
    if (op === before.op) return before;
    const snapshot = this.#store.put(op, op.status === "succeeded" ? body : undefined);
    this.#schedule.note(op);
    this.#waiters.changed(snapshot);
    this.#watchers.changed(snapshot, this.#store.changes.last);
    this.#follow(before.op, op);
    this.#announce(snapshot, now);
    return snapshot;
  }

  /** What a change asks of the attempts. */
  #follow(before: Operation, op: Operation): void {
    if (isTerminal(op)) this.#attempts.drop(op.id);
    else if (op.cancelRequestedAt !== before.cancelRequestedAt) this.#attempts.cancel(op.id);
    else if (before.inputRequest && !op.inputRequest) this.#attempts.goOn(op.id);
    else if (op.status === "running" && op.attempt > before.attempt && !op.external) {
      this.#attempts.start(op, this.#store.input(op.id) ?? "");
    }
  }

  /** An end that a webhook waits for; whatever comes of that, the operation has ended. */
  #announce(snapshot: Snapshot, now: number): void {
    const { webhook, id } = snapshot.op;
    if (!webhook || !isTerminal(snapshot.op)) return;
    try {
      this.#deliveries.begin(snapshot, webhook, now);
    } catch (thrown) {
      const fields = { event: "announce", operation: id };
      this.ctx.waitUntil(panic(thrown, this.#log, this.#settings, fields));
    }
  }

  async #finish(id: string, attempt: number, ended: Ended): Promise<void> {
    const { outcome, body, isCutOff, panic: bug } = ended;
    const jitter = Math.random();
    try {
      await this.#commits.join(() => {
        // What was cut off while it asked goes on when it is answered.
        if (isCutOff) this.#asking.lost(id, attempt);
        return this.#send(id, { type: "finish", attempt, outcome, jitter }, body);
      });
    } catch (thrown) {
      await panic(thrown, this.#log, this.#settings, { operation: id, event: "finish" });
    }
    // The runner has written the line; telling the reporters is left to us, who stay awake for it.
    if (bug) await tell(bugOf(bug), this.#log, this.#settings, { operation: id });
  }

  #snapshot(id: string): Reply<Snapshot> {
    return this.#store.get(id, Date.now()) ?? { error: notFound(id) };
  }

  #checkVersion(id: string, ifVersion: number | undefined): Failure | undefined {
    if (ifVersion === undefined) return undefined;
    const reply = this.#snapshot(id);
    if (reply.error) return reply.error;
    if (reply.op.version === ifVersion) return undefined;
    const message = `Operation ${id} is at version ${reply.op.version}, not ${ifVersion}`;
    return failure("precondition-failed", message);
  }

  #encoded(id: string): Encoded<Reply<Snapshot>> {
    return this.#store.encoded(id, Date.now()) ?? JSON.stringify({ error: notFound(id) });
  }

  #isDue(): boolean {
    const now = Date.now();
    return this.#schedule.isDue(now) || this.#schedule.isOverdue(now);
  }

  /** Readers do not depend on the alarm: what is due is done before they read. */
  async #settleDue(): Promise<void> {
    if (!this.#isDue()) return;
    if (this.#schedule.isOverdue(Date.now())) {
      await this.#commits.join(() => this.#sweep(Date.now()));
    }
    while (this.#schedule.isDue(Date.now())) {
      await this.#commits.join(() => this.#tick(Date.now()));
    }
  }

  #sweep(now: number): void {
    this.#tick(now);
    this.#waiters.closeAbandoned(now);
    this.#work.closeAbandoned(now);
    this.#schedule.sweep(now);
  }

  /** Time has passed for these; a row that cannot be handled holds up no other. */
  #tick(now: number): void {
    for (const id of this.#schedule.due(now)) {
      try {
        const op = this.#store.get(id, now)?.op;
        if (!op) {
          this.#schedule.forget(id);
          continue;
        }
        if (this.#work.queue(op, now)) continue;
        const reply = this.#send(id, { type: op.status === "pending" ? "start" : "tick" });
        // A clock that went back meanwhile: it is looked at again, but not at once.
        if (!reply.error && reply.op.version === op.version) this.#schedule.postpone(id, now);
      } catch (thrown) {
        this.#schedule.postpone(id, now);
        const fields = { event: "tick", operation: id };
        this.ctx.waitUntil(panic(thrown, this.#log, this.#settings, fields));
      }
    }
  }

  /** After a crash no attempt is alive here, so what is running is lost: retried, or ended. */
  #recover(): void {
    for (const op of this.#store.unfinished()) {
      // What a worker elsewhere does goes on without us.
      if (op.status === "pending" || op.external || op.isParked) continue;
      const fields = { operation: op.id, attempt: op.attempt };
      this.#log.warning("attempt lost", fields);
      try {
        this.#send(op.id, { type: "lost", attempt: op.attempt, jitter: Math.random() });
      } catch (thrown) {
        // Its deadline still ends it, and the others are not held up.
        this.ctx.waitUntil(panic(thrown, this.#log, this.#settings, { ...fields, event: "lost" }));
      }
    }
    this.#work.startNext();
    this.#arm();
  }

  #arm(): void {
    const now = Date.now();
    this.#deliveries.launch(now);
    const isAtWork = this.#attempts.size + this.#deliveries.underWay > 0;
    this.#schedule.arm(now, isAtWork, this.#deliveries.next(now));
  }

  #ids(shard: number): IdSource {
    this.#lazyIds ??= new IdSource(
      shard,
      (bytes) => crypto.getRandomValues(bytes),
      this.#store.last(),
    );
    return this.#lazyIds;
  }

  async #guard<T>(event: () => Promise<T>): Promise<T | Response> {
    try {
      return await event();
    } catch (thrown) {
      this.ctx.waitUntil(panic(thrown, this.#log, this.#settings));
      return Response.json({ error: failure("internal", "Something broke here") });
    }
  }
}

/** crowded is the answer at the limit of sockets. */
const crowded = failure("unavailable", "Too many wait or watch here; come back later");

function replay(made: Snapshot, fingerprint: string): Reply<Created> {
  if (made.op.idempotency?.fingerprint === fingerprint) return { ...made, replayed: true };
  const message = "The idempotency key was used with another request";
  return { error: failure("idempotency-key-reused", message) };
}

function bugOf({ name, message }: { name: string; message: string }): Error {
  return Object.assign(new Error(message), { name });
}
