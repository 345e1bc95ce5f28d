import { type Fields, Logger } from "../../base/log.ts";
import { panic, tell } from "../../base/panic.ts";
import { failure, notFound } from "../../core/errors.ts";
import { isSameRequest } from "../../core/fingerprint.ts";
import { IdSource } from "../../core/id.ts";
import { apply } from "../../core/operation/apply.ts";
import { createOperation } from "../../core/operation/create.ts";
import type { Event } from "../../core/operation/event.ts";
import type { Idempotency, Operation } from "../../core/operation/operation.ts";
import type {
  CreateCommand,
  Created,
  Encoded,
  Payload,
  Reply,
  Snapshot,
} from "../../core/reply.ts";
import type { Deployment } from "../../runner/deployment.ts";
import type { Ended } from "../../runner/outcome.ts";
import type { Runner } from "../../runner/runner.ts";
import { Asking } from "../attempts/asking.ts";
import { Attempts } from "../attempts/attempts.ts";
import { Deliveries } from "../deliveries/deliveries.ts";
import { type ObjectSettings, objectSettings } from "../environment.ts";
import { concurrencyOf, limitedKinds, placesOf } from "../schedule/concurrency.ts";
import { Queues } from "../schedule/queues.ts";
import { Recovery } from "../schedule/recovery.ts";
import { Schedule } from "../schedule/schedule.ts";
import { Work } from "../schedule/work.ts";
import { Waiters } from "../sockets/waiters.ts";
import { Watchers } from "../sockets/watchers.ts";
import { MapSql } from "../storage/map-sql.ts";
import { Savepoints } from "../storage/savepoints.ts";
import { Store } from "../storage/store.ts";
import { type RequestCounts, TrendLog } from "../trends/trend-log.ts";
import { Announcements } from "./announcements.ts";
import { Followers } from "./followers.ts";
import { GroupCommit } from "./group-commit.ts";
import { Panics } from "./panics.ts";
import { Quota, sharesOf } from "./quota.ts";
import { Removal } from "./removal.ts";
import { elsewhere, type Reservation, Reservations } from "./reservations.ts";

/**
 * Operations is one shard of the map as it lives: how operations come to be, change, and end, and
 * what follows from each change. It knows nothing of who asks. What changes something is called
 * from within a group commit: `join`.
 */
export class Operations {
  readonly sql: MapSql;
  readonly store: Store;
  readonly reservations: Reservations;
  readonly quota: Quota;
  readonly schedule: Schedule;
  readonly waiters: Waiters;
  readonly watchers: Watchers;
  readonly attempts: Attempts;
  readonly deliveries: Deliveries;
  readonly removal: Removal;
  readonly work: Work;
  readonly asking: Asking;
  readonly trends: TrendLog;
  readonly log: Logger;
  readonly #ctx: DurableObjectState;
  readonly #settings: ObjectSettings;
  readonly #commits: GroupCommit;
  readonly #panics: Panics;
  readonly #savepoints: Savepoints;
  readonly #recovery: Recovery;
  readonly #followers: Followers;
  #recovering: Promise<void> | undefined;
  #lazyIds: IdSource | undefined;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env, deployment: Deployment) {
    // An alarm can wake an object that does not know its name, so nothing here rests on one.
    const object = ctx.id.toString();
    this.#ctx = ctx;
    this.#settings = objectSettings(deployment, env);
    this.log = new Logger("object/operations", this.#settings.verbosity, { object });
    this.#panics = new Panics((thrown, fields) =>
      ctx.waitUntil(panic(thrown, this.log, this.#settings, fields)),
    );
    this.#savepoints = new Savepoints((write) => ctx.storage.transactionSync(write));
    this.#commits = new GroupCommit(
      () => ctx.storage.sync(),
      () => {
        this.#panics.contain("start", () => this.work.startNext());
        if (!this.#panics.contain("arm", () => this.#arm())) this.schedule.retry(Date.now());
        this.#panics.contain("trends", () => this.#noteTrends());
      },
    );
    this.sql = MapSql.over(ctx.storage.sql);
    this.store = new Store(this.sql);
    this.reservations = new Reservations(this.sql);
    this.quota = new Quota(this.store, this.sql, sharesOf(deployment, env));
    this.schedule = new Schedule(
      ctx.storage,
      this.store,
      new Queues((of) => concurrencyOf(deployment, env, of), placesOf(deployment, env)),
      limitedKinds(deployment, env),
    );
    this.work = new Work(ctx, this.store, this.schedule, {
      send: (id, event, body) => this.send(id, event, body),
      whole: (write) => this.#savepoints.run(write),
      failed: (thrown, operation) => this.panicked(thrown, { operation, event: "start" }),
      withheld: (kinds) =>
        this.log.warning("work waits for another deploy", { kinds: kinds.join(", ") }),
    });
    this.#recovery = new Recovery(this.schedule, this.#savepoints, {
      get: (id) => this.store.get(id, Date.now())?.op,
      lose: (op) => this.#lose(op),
      failed: (thrown, operation) => this.panicked(thrown, { operation, event: "lost" }),
    });
    this.waiters = new Waiters(ctx);
    this.watchers = new Watchers(ctx, deployment.basePath, this.store.changes);
    this.attempts = new Attempts(
      object,
      (task) => {
        const runner = deployment.runnerOf<Pick<Runner, "run">>(ctx.exports);
        return runner.run(ctx.id.name === undefined ? task : { ...task, name: ctx.id.name });
      },
      (id, attempt, ended) => this.#finish(id, attempt, ended),
      (id) => this.store.input(id) ?? "",
    );
    this.deliveries = new Deliveries(this.sql, {
      secrets: this.#settings.webhookSecrets,
      isConfigured: this.#settings.isConfigured,
      isDevelopment: this.#settings.isDevelopment,
      basePath: deployment.basePath,
      join: (write) => this.join(write),
      isThere: (id) => this.store.get(id, Date.now()) !== undefined,
      keepAwake: (promise) => ctx.waitUntil(promise),
      note: (message, fields) => this.log.V(1)?.info(message, fields),
      panicked: (thrown, fields) => this.panicked(thrown, fields),
    });
    this.removal = new Removal(this.store, this.deliveries, this.#savepoints, (thrown) =>
      this.panicked(thrown, { event: "removal" }),
    );
    const announcements = new Announcements({
      begin: (snapshot, webhook, now) =>
        this.#savepoints.run(() => void this.deliveries.begin(snapshot, webhook, now)),
      failed: (thrown, operation) => this.panicked(thrown, { event: "announce", operation }),
    });
    this.trends = new TrendLog(this.sql, this.store.changes, () => this.schedule.level);
    this.#followers = new Followers(
      [this.schedule, this.attempts, this.waiters, this.watchers, this.trends, announcements],
      this.#savepoints,
      this.#panics,
    );
    this.asking = new Asking(this.store, this.attempts, (id, event) => this.send(id, event));
  }

  /** join runs a change in the next group commit; it holds as a whole, or throws and leaves nothing. */
  join<T>(write: () => T): Promise<T> {
    if (!this.#recovery.isOver) this.#keepAwake(this.#recover());
    return this.#commits.join(() => this.#savepoints.run(write));
  }

  /** held runs something once the rows hold that the present change has written. */
  held(event: string, follow: () => void): void {
    this.#savepoints.held(() => this.#panics.contain(event, follow));
  }

  /** panicked logs and reports something thrown that nobody expected. */
  panicked(thrown: unknown, fields: Fields = {}): void {
    this.#panics.report(thrown, fields);
  }

  /** createAlone is create for one of many: what it throws does not take from the others. */
  createAlone(command: CreateCommand): Reply<Created> {
    try {
      return this.#savepoints.run(() => this.create(command));
    } catch (thrown) {
      this.panicked(thrown, { event: "createMany" });
      return { error: failure("internal", "Something broke here") };
    }
  }

  /** create makes an operation, or answers the one that its idempotency key made. Quota tells of `isFreeing`. */
  create(command: CreateCommand, isFreeing = false): Reply<Created> {
    const now = Date.now();
    this.recoverTrends();
    const { shard, input, ...spec } = command;
    const { idempotency } = spec;
    if (idempotency) {
      const made = this.store.byKey(idempotency.key, now);
      if (made) return replay(made, idempotency);
      const holder = this.reservations.find(idempotency.key, now);
      if (holder !== undefined) return elsewhere(holder);
    }
    const full = this.quota.refusal(now, isFreeing);
    if (full) return { error: full };
    const queued = !this.schedule.queues.hasRoom(spec);
    const op = createOperation({ ...spec, queued, id: this.#ids(shard).next(now) }, now);
    this.store.insert(op, input);
    this.#followers.changed(undefined, { op }, { now, stamp: this.store.changes.last, input });
    return { op };
  }

  /** reserve leaves what a key makes to another object, or answers what it has made here already. */
  reserve({ idempotency, shard }: Reservation): Reply<Created> | undefined {
    const now = Date.now();
    const made = this.store.byKey(idempotency.key, now);
    if (made) return replay(made, idempotency);
    this.reservations.add(idempotency.key, shard, now);
    return undefined;
  }

  /** send is the only way an operation changes: one event, one row, one wake-up. */
  send(id: string, event: Event, body?: Payload): Reply<Snapshot> {
    const now = Date.now();
    this.recoverTrends();
    this.#recovery.take(id);
    const before = this.store.get(id, now);
    if (!before) return { error: notFound(id) };
    const op = apply(before.op, event, now);
    if (op === before.op) return before;
    const snapshot = this.store.put(op, op.status === "succeeded" ? body : undefined);
    this.#followers.changed(before.op, snapshot, { now, stamp: this.store.changes.last });
    return snapshot;
  }

  #lose({ id, attempt }: Operation): void {
    this.held("log", () => this.log.warning("attempt lost", { operation: id, attempt }));
    this.send(id, { type: "lost", attempt, jitter: Math.random() });
  }

  /** What came of an attempt is written; it throws where that cannot be. */
  async #finish(id: string, attempt: number, ended: Ended): Promise<void> {
    const { outcome, body, cutOff, panic: bug } = ended;
    const jitter = Math.random();
    try {
      await this.join(() => {
        if (cutOff !== undefined) this.send(id, { type: "lost", attempt, jitter, message: cutOff });
        else this.send(id, { type: "finish", attempt, outcome, jitter }, body);
        this.held("attempt", () => this.attempts.written(id, attempt));
      });
    } catch (thrown) {
      this.panicked(thrown, { operation: id, event: "finish" });
      throw thrown;
    }
    // The runner has written the line; telling the reporters is left to us, who stay awake for it.
    if (bug) await tell(bugOf(bug), this.log, this.#settings, { operation: id });
  }

  /** removed removes a finished operation on request, and tells what follows from that. */
  removed(op: Operation): void {
    this.removal.requested(op);
    this.#followers.removed(op);
  }

  snapshot(id: string): Reply<Snapshot> {
    return this.store.get(id, Date.now()) ?? { error: notFound(id) };
  }

  encoded(id: string): Encoded<Reply<Snapshot>> {
    return this.store.encoded(id, Date.now()) ?? JSON.stringify({ error: notFound(id) });
  }

  /** sweep does what is due; no part of it holds up another. */
  sweep(now: number): void {
    this.tick(now);
    this.#panics.contain("waiters", () => this.waiters.closeAbandoned(now));
    this.#panics.contain("claimers", () => this.work.closeAbandoned(now));
    if (this.schedule.mayHaveExpired(now)) this.#part("trends", () => this.trends.save());
    this.#part("expiry", () => this.schedule.sweep(now, (ids) => this.removal.expired(ids, now)));
    this.#part("reservations", () => this.reservations.sweep(now));
  }

  /** A part of a change that holds or does not by itself, and stops nothing after it. */
  #part(event: string, write: () => void): void {
    this.#panics.contain(event, () => this.#savepoints.run(write));
  }

  /** tick does what is due of the unfinished, as much as one event should. */
  tick(now: number): void {
    for (const id of this.schedule.due(now)) this.pass(id, now);
  }

  /** pass says that time has passed for an operation; one that cannot be handled holds up no other. */
  pass(id: string, now: number): void {
    try {
      this.#recovery.take(id);
      const op = this.store.get(id, now)?.op;
      if (!op) this.schedule.forget(id);
      if (!op || !this.schedule.hasCome(id, now) || this.work.queue(op, now)) return;
      const type = op.status === "pending" ? "start" : "tick";
      const reply = this.#savepoints.run(() => this.send(id, { type }));
      // A clock that went back meanwhile: it is looked at again, but not at once.
      if (!reply.error && reply.op.version === op.version) this.schedule.postpone(id, now);
    } catch (thrown) {
      this.schedule.postpone(id, now);
      this.panicked(thrown, { event: "tick", operation: id });
    }
  }

  /** restore takes up what an earlier life of the object has left, where that is to be at once. */
  async restore(): Promise<void> {
    const isNow = await this.schedule.restore(Date.now());
    if (!isNow || !this.sql.isMade) return;
    this.#panics.contain("recovery", () => this.#recovery.next());
    this.#panics.contain("start", () => this.work.startNext());
    // The rest, and the alarm, unless it is ringing just now.
    this.#keepAwake(this.join(() => {}).then(() => this.takeUp()));
  }

  /** takeUp resolves once all that an earlier life of the object has left has been taken up. */
  async takeUp(): Promise<void> {
    while (!this.#recovery.isOver) await this.#recover();
  }

  /** Part of the first groups of a life, before their changes, so that these find nothing lost. */
  #recover(): Promise<void> {
    this.#recovering ??= this.#commits.join(() => {
      this.#recovering = undefined;
      this.#recovery.next();
    });
    return this.#recovering;
  }

  #keepAwake(promise: Promise<unknown>): void {
    const failed = (thrown: unknown) => {
      this.panicked(thrown, { event: "recovery" });
      // A map that could not be read has set no alarm.
      this.schedule.retry(Date.now());
    };
    this.#ctx.waitUntil(promise.catch(failed));
  }

  /** recoverTrends comes before any change of the map, which it would else count twice or not. */
  recoverTrends(): void {
    this.#panics.contain("trends", () => this.trends.recover());
  }

  /** requested counts what a Worker has counted of requests. */
  requested(requests: readonly RequestCounts[]): void {
    this.#part("trends", () => this.trends.requested(requests, Date.now()));
  }

  #noteTrends(): void {
    if (!this.sql.isMade) return;
    const now = Date.now();
    if (this.schedule.isRead) this.trends.level(this.schedule.level, now);
    this.#savepoints.run(() => this.trends.saveWhatIsOld(now));
  }

  #arm(): void {
    const now = Date.now();
    this.deliveries.launch(now);
    const isAtWork = this.attempts.size + this.deliveries.underWay > 0;
    let other = this.deliveries.next(now);
    // Nothing beside the map keeps it from being armed.
    this.#panics.contain("reservations", () => {
      other = Math.min(other, this.reservations.next ?? other);
    });
    this.schedule.arm(now, isAtWork, other);
  }

  #ids(shard: number): IdSource {
    this.#lazyIds ??= new IdSource(
      shard,
      (bytes) => crypto.getRandomValues(bytes),
      this.store.last(),
    );
    return this.#lazyIds;
  }
}

/** replay answers a create whose idempotency key has made an operation before. */
export function replay(made: Snapshot, asked: Idempotency): Reply<Created> {
  if (isSameRequest(made.op.idempotency, asked)) return { ...made, replayed: true };
  const message = "The idempotency key was used with another request";
  return { error: failure("idempotency-key-reused", message) };
}

function bugOf({ name, message }: { name: string; message: string }): Error {
  return Object.assign(new Error(message), { name });
}
