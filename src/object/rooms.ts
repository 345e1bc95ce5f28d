import { Logger, reasonOf } from "../base/log.ts";
import { panic, tell } from "../base/panic.ts";
import { toldLine } from "../core/log-line.ts";
import { defaultCompensateWithin } from "../core/operation/compensate.ts";
import type { Event } from "../core/operation/event.ts";
import type { Operation } from "../core/operation/operation.ts";
import type { Payload, Snapshot } from "../core/reply.ts";
import { traceIdOf } from "../core/trace.ts";
import { CloseCode } from "../core/watching/frames.ts";
import type { Deployment } from "../runner/deployment.ts";
import type { LargeRoom } from "../runner/large.ts";
import type { MovingRoom } from "../runner/moving.ts";
import { Asking } from "./attempts/asking.ts";
import { AttemptHistory } from "./attempts/attempt-history.ts";
import { AttemptRows } from "./attempts/attempt-rows.ts";
import { Attempts } from "./attempts/attempts.ts";
import { Ends } from "./attempts/ends.ts";
import { invoking } from "./attempts/invoking.ts";
import { Bulk } from "./bulk/bulk.ts";
import { Deliveries } from "./deliveries/deliveries.ts";
import { Redelivery } from "./deliveries/redelivery.ts";
import { signingOf } from "./deliveries/signing.ts";
import { DocumentWrites } from "./documents/document-writes.ts";
import { Documents } from "./documents/documents.ts";
import { objectSettings } from "./environment.ts";
import { Announcements } from "./map/announcements.ts";
import { Erasure } from "./map/erasure.ts";
import { Followers } from "./map/followers.ts";
import { Leftovers } from "./map/leftovers.ts";
import { Operations } from "./map/operations.ts";
import { Panics } from "./map/panics.ts";
import { Quota, sharesOf } from "./map/quota.ts";
import { Reads } from "./map/reads.ts";
import { Removal } from "./map/removal.ts";
import { Reservations } from "./map/reservations.ts";
import { spansOf } from "./map/spans.ts";
import { Writes } from "./map/writes.ts";
import { Output } from "./output/output.ts";
import { OutputStore } from "./output/output-store.ts";
import { concurrencyOf, limitedKinds, placesOf } from "./schedule/concurrency.ts";
import { firstPaused } from "./schedule/first-paused.ts";
import { InheritedPauses } from "./schedule/inherited-pauses.ts";
import { PausedKinds } from "./schedule/paused-kinds.ts";
import { Queues } from "./schedule/queues.ts";
import { Recovery } from "./schedule/recovery.ts";
import { Schedule } from "./schedule/schedule.ts";
import { Settling } from "./schedule/settling.ts";
import { Upkeep } from "./schedule/upkeep.ts";
import { Work } from "./schedule/work.ts";
import { ClaimWaiters } from "./sockets/claim-waiters.ts";
import { maxSockets, Sockets } from "./sockets/sockets.ts";
import { Upgrades } from "./sockets/upgrades.ts";
import { Waiters } from "./sockets/waiters.ts";
import { Watchers } from "./sockets/watchers.ts";
import { KeptSteps } from "./steps/kept-steps.ts";
import { Steps } from "./steps/steps.ts";
import { Undoing } from "./steps/undoing.ts";
import { Counters } from "./storage/counters.ts";
import { MapSql } from "./storage/map-sql.ts";
import { Savepoints } from "./storage/savepoints.ts";
import { Store } from "./storage/store.ts";
import { Stats } from "./trends/stats.ts";
import { TrendLog } from "./trends/trend-log.ts";

/** Moves operations in a Worker without the moving feature; its edge never calls this. */
const notGiven: MovingRoom = {
  take: () => Promise.reject(new Error("createOperations was not given `moving`")),
};

/** Rooms is the parts of one object, put together. It contains no rules of the domain. */
export class Rooms {
  readonly log: Logger;
  readonly panics: Panics;
  readonly sql: MapSql;
  readonly store: Store;
  readonly writes: Writes;
  readonly map: Operations;
  readonly reads: Reads;
  readonly reservations: Reservations;
  readonly schedule: Schedule;
  readonly work: Work;
  readonly upkeep: Upkeep;
  readonly settling: Settling;
  readonly watchers: Watchers;
  readonly upgrades: Upgrades;
  readonly attempts: Attempts;
  readonly history: AttemptHistory;
  readonly asking: Asking;
  readonly steps: Steps;
  readonly keptSteps: KeptSteps;
  readonly undoing: Undoing;
  readonly paused: PausedKinds;
  readonly inheritedPauses: InheritedPauses;
  readonly deliveries: Deliveries;
  readonly redelivery: Redelivery;
  readonly documents: Documents;
  readonly documentWrites: DocumentWrites;
  readonly bulk: Bulk;
  readonly stats: Stats;
  readonly output: Output;
  readonly moving: MovingRoom;
  readonly erasure: Erasure;
  readonly large: LargeRoom | undefined;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env, deployment: Deployment) {
    // An alarm can wake an object that does not know its name, so nothing here depends on a name.
    const object = ctx.id.toString();
    const settings = objectSettings(deployment, env);
    const shares = sharesOf(deployment, env);
    const log = new Logger("object/operations", settings.verbosity, { object });
    const keepAwake = (promise: Promise<unknown>) => ctx.waitUntil(promise);
    const panics = new Panics((thrown, fields) =>
      keepAwake(panic(thrown, log, settings.reporters, fields)),
    );
    const savepoints = new Savepoints((write) => ctx.storage.transactionSync(write));
    const whole = <T>(write: () => T) => savepoints.run(write);
    const beside = (event: string, act: () => void) =>
      savepoints.held(() => void panics.contain(event, act));
    const sql = MapSql.over(ctx.storage.sql);
    const store = new Store(sql);
    const reservations = new Reservations(sql);
    const send = (id: string, event: Event, body?: Payload) => this.map.send(id, event, body);
    const hasAdvanced = (id: string, attempt: number) => store.steps.hasAdvanced(id, attempt);
    const getOf = (id: string) => store.get(id, Date.now())?.op;
    const writes = new Writes({
      savepoints,
      panics,
      sync: () => ctx.storage.sync(),
      before: () => this.upkeep.recoverBefore(),
      isBusy: () => attempts.isBusy,
      after: () => this.upkeep.afterGroup(),
    });
    const join = <T>(write: () => T) => writes.join(write);

    const sockets = new Sockets(ctx, Math.min(maxSockets, shares.waiters));
    const waiters = new Waiters(sockets);
    const { encoding } = deployment;
    const encode = (snapshot: Snapshot, origin: string) => encoding.forWatcher(snapshot, origin);
    const watchers = new Watchers(ctx, sockets, encode, store.changes, () =>
      schedule.isRead ? schedule.read().agenda.few() : store.changes.untouched(),
    );
    const claimers = new ClaimWaiters(sockets);
    const paused = new PausedKinds(sql, savepoints, (thrown) =>
      panics.report(thrown, { event: "paused" }),
    );
    const schedule = new Schedule(
      ctx.storage,
      store,
      new Queues(
        (of) => concurrencyOf(deployment, env, of),
        placesOf(deployment, env),
        (kind) => paused.all.has(kind),
      ),
      limitedKinds(deployment, env),
    );
    const trends = new TrendLog(sql, store.changes, () => schedule.level());
    const hit = (limit: string) => trends.happened(`limit.${limit}`, Date.now());
    const spans = spansOf(ctx, env, deployment, log, {
      keepAwake,
      counted: (outcome, count) => trends.happened(`span.${outcome}`, Date.now(), count),
      sql,
      saved: (change) =>
        join(() => {
          change();
          trends.save();
        }),
      failed: (thrown) => panics.report(thrown, { event: "spans" }),
    });
    const history = new AttemptHistory({
      rows: new AttemptRows(sql),
      stepsOf: (id) => store.steps.heads(id),
      get: getOf,
      savepoints,
      logged: (id, attempt, lines) =>
        watchers.toldOfAttempt(id, { attempt, log: lines.map(toldLine) }),
      failed: (thrown, operation) => panics.report(thrown, { event: "history", operation }),
    });
    const work = new Work(store, schedule, claimers, paused, {
      send,
      keep: (id, attempt, left) => history.keep(id, attempt, left),
      hasRoom: () => attempts.hasRoom,
      traceOf: (op) => spans.traceOf(op),
      again: () => keepAwake(join(() => {}).catch(() => {})),
      whole,
      failed: (thrown, operation) => panics.report(thrown, { operation, event: "start" }),
      withheld: (kinds) =>
        log.warning("work waits for the next deployment", { kinds: kinds.join(", ") }),
    });
    const recovery = new Recovery(schedule, savepoints, {
      get: getOf,
      lose: ({ id, attempt, trace }: Operation) => {
        const said = { operation: id, attempt, ...(trace && { trace: traceIdOf(trace) }) };
        beside("log", () => log.warning("attempt lost", said));
        const advanced = hasAdvanced(id, attempt) && ({ hasAdvanced: true } as const);
        send(id, { type: "lost", attempt, jitter: Math.random(), ...advanced });
      },
      failed: (thrown, operation) => panics.report(thrown, { operation, event: "lost" }),
    });

    const stored = (id: string, attempt: number, step: string) =>
      beside("watchers", () => watchers.toldOfAttempt(id, { attempt, step }));
    const outputs = new OutputStore(sql);
    const output = new Output({
      store: outputs,
      sockets,
      send,
      kept: (id) => store.steps.outputOffset(id),
      held: (follow) => beside("output", follow),
    });
    const found = deployment.bucketOf(env);
    this.large = found?.large.room({
      sql,
      bucket: found.bucket,
      name: ctx.id.name,
      share: shares.storage,
      full: () => quota.refusal(Date.now()),
      get: getOf,
      send,
      join,
      noted: (undo) => savepoints.noted(undo),
      held: (follow) => beside("large", follow),
      keepAwake,
      hit: () => hit("storage"),
      failed: (thrown) => log.warning("the bucket failed", { reason: reasonOf(thrown) }),
    });
    const large = this.large ? [this.large] : [];
    const ends = new Ends({
      panics,
      join,
      send,
      keep: (id, attempt, left) => history.keep(id, attempt, left),
      written: (id, attempt) => beside("attempt", () => attempts.written(id, attempt)),
      hasAdvanced,
      retried: (id) => store.steps.removeFailed(id),
      spans: (ended) => spans.add(ended),
      tell: (bug, operation) => tell(bug, log, settings.reporters, { operation }),
    });
    const attempts = new Attempts({
      object,
      ...invoking(ctx, env, deployment),
      ended: (id, attempt, ended) => ends.write(id, attempt, ended),
      inputOf: (id) => store.input(id) ?? "",
      steps: store.steps,
      traceOf: (op) => spans.traceOf(op),
      writtenOf: (op) => output.size(op),
    });
    const deliveries = new Deliveries(sql, {
      keys: signingOf(ctx.id.name, settings),
      isConfigured: settings.isConfigured,
      isDevelopment: settings.isDevelopment,
      encode: (webhook, snapshot) =>
        encoding.forWebhook(webhook, snapshot, () => store.input(snapshot.op.id) ?? ""),
      source: (origin) => encoding.sourceOf(origin),
      join,
      isThere: (id) => getOf(id) !== undefined,
      keepAwake,
      note: (message, fields) => log.V(1)?.info(message, fields),
      trying: (delivery, now) => spans.trying(delivery, now),
      counted: (outcome) => trends.happened(`delivery.${outcome}`, Date.now()),
      panicked: (thrown, fields) => panics.report(thrown, fields),
    });
    const announcements = new Announcements({
      begin: (snapshot, webhook, now) => whole(() => void deliveries.begin(snapshot, webhook, now)),
      failed: (thrown, operation) => panics.report(thrown, { event: "announce", operation }),
    });
    const undoing = new Undoing({
      steps: store.steps,
      attempts: () => attempts,
      send,
      hasRoom: (name) => schedule.read().queues.hasRoom(name),
      within: (kind) =>
        deployment.kinds.findWork(kind)?.compensateWithin ?? defaultCompensateWithin,
      isKnown: (kind) => deployment.kinds.findWork(kind) !== undefined,
      stored,
    });
    const removal = new Removal({
      store,
      deliveries,
      beside: [history, output, ...large],
      savepoints,
      failed: (thrown) => panics.report(thrown, { event: "removal" }),
    });

    const quota = new Quota({ store, sql, shares, large: this.large, hit });
    // What comes after a change would be counted twice, or not.
    const recover = () => panics.contain("trends", () => trends.recover());
    this.map = new Operations({
      store,
      reservations,
      quota,
      removal,
      savepoints,
      panics,
      followers: new Followers(
        [
          ...[
            history,
            schedule,
            output,
            ...large,
            undoing,
            attempts,
            waiters,
            watchers,
            trends,
            announcements,
          ],
          spans,
        ],
        savepoints,
        panics,
      ),
      begun: (op) => spans.begun(op),
      queues: () => schedule.read().queues,
      owed: (op) => undoing.owed(op),
      before: (id) => {
        recover();
        if (id !== undefined) recovery.take(id);
      },
      pass: (id, now) => this.upkeep.pass(id, now),
    });
    this.upkeep = new Upkeep({
      sql,
      store,
      schedule,
      work,
      recovery,
      writes,
      savepoints,
      panics,
      sockets,
      attempts,
      deliveries,
      removal,
      leftovers: new Leftovers(sql),
      reservations,
      trends,
      large: this.large,
      send,
      keepAwake,
    });
    this.settling = new Settling({ store, schedule, writes, upkeep: this.upkeep, panics });
    this.reads = new Reads(sql, store, this.map, this.settling);
    this.upgrades = new Upgrades({
      sockets,
      waiters,
      watchers,
      claimers,
      settled: (id) => this.reads.one(id),
      snapshot: (id) => this.map.snapshot(id),
      hasOutput: (snapshot, place) => output.isBehind(snapshot, place),
      isAtWork: ({ id, attempt }) => attempts.isAlive(id, attempt),
      claimable: (kinds) => work.claimable(kinds),
      crowded: () => hit("waiters"),
    });
    this.documents = new Documents(sql);
    this.documentWrites = new DocumentWrites({
      storage: ctx.storage,
      documents: this.documents,
      map: this.map,
      changes: store.changes,
    });
    this.asking = new Asking({ store, attempts, send });
    this.steps = new Steps({
      steps: store.steps,
      attempts,
      send,
      stored,
      stepped: (op, record) => beside("spans", () => spans.stepped(op, record)),
    });
    this.paused = paused;
    this.inheritedPauses = new InheritedPauses({
      paused,
      join,
      isNew: () => store.last() === undefined,
      first: () => firstPaused(ctx, env, deployment),
      failed: (thrown) => panics.report(thrown, { event: "paused" }),
    });
    this.keptSteps = new KeptSteps({ object, map: this.map, steps: store.steps });
    this.undoing = undoing;
    this.redelivery = new Redelivery(deliveries, this.map);
    this.bulk = new Bulk({
      sql,
      store,
      map: this.map,
      savepoints,
      panics,
      join,
      pass: (id, now) => this.upkeep.pass(id, now),
    });
    this.stats = new Stats({
      sql,
      store,
      work,
      counters: new Counters(sql),
      trends,
      writes,
      attempts,
      sockets,
    });
    // What has happened to imported operations is not counted here.
    const arriving = new Followers([schedule, watchers], savepoints, panics);
    const moving = deployment.moving?.room({
      object,
      sql,
      documents: this.documents,
      settle: (ids) => this.settling.settle(ids),
      row: (id, now) => store.row(id, now),
      byKey: (key, now) => store.byKey(key, now),
      hasAdvanced,
      before: () => void recover(),
      full: (now, bytes) => quota.refusal(now, false, false, bytes),
      expired: (id, now) => removal.expired([id], now),
      insert: (op, input, result, now) => {
        store.insertMoved(op, input, result, now);
        return store.get(op.id, now) ?? { op };
      },
      resume: (snapshot, now) => deliveries.resume(snapshot, now),
      arrived: (snapshot, now) =>
        arriving.changed(undefined, snapshot, { now, stamp: store.changes.last() }),
      nextRevision: (now) => store.changes.next(now),
      whole,
      make: (write) => this.make(write),
      failed: (thrown, fields) => panics.report(thrown, fields),
    });
    this.moving = moving ?? notGiven;
    this.erasure = new Erasure({
      ctx,
      attempts,
      large: this.large,
      closeCode: CloseCode.resume,
    });
    this.history = history;
    this.output = output;
    this.log = log;
    this.panics = panics;
    this.sql = sql;
    this.store = store;
    this.writes = writes;
    this.reservations = reservations;
    this.schedule = schedule;
    this.work = work;
    this.watchers = watchers;
    this.attempts = attempts;
    this.deliveries = deliveries;
  }

  /** make runs a change that may create the first operation here. */
  make<T>(write: () => T): Promise<T> {
    const learned = this.inheritedPauses.learn();
    return learned ? learned.then(() => this.writes.join(write)) : this.writes.join(write);
  }

  /** restore recovers what an earlier life of the object has left, if that is to be done immediately. */
  restore(): Promise<void> {
    return this.upkeep.restore();
  }
}
