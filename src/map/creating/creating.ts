import { stackOf } from "../../base/log.ts";
import type { Result } from "../../base/result.ts";
import { type BulkInput, bulkKind } from "../../core/bulk.ts";
import { type Failure, failure, invalid } from "../../core/errors.ts";
import { fingerprints } from "../../core/fingerprint.ts";
import { parseId } from "../../core/id.ts";
import { maxBatchReports } from "../../core/limits.ts";
import { noBucket } from "../../core/operation/large.ts";
import { type Idempotency, isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { CreateCommand, Created, Reply } from "../../core/reply.ts";
import { once as onceOnly } from "../../core/retry.ts";
import { decidedAt } from "../../object/map/reservations.ts";
import { sharedByCreates } from "../joining/joined-object.ts";
import type { TenantPlace } from "../place.ts";
import { type Shards, unreachable } from "../shards.ts";
import { waitFor } from "../wait-for.ts";
import { type Checked, type Command, check } from "./check.ts";
import { keeping, type Send } from "./keeping.ts";
import { homeOf, madeBefore } from "./made-before.ts";
import type { Entry, NewOperation, Once, Rerun, Waiting } from "./new-operation.ts";
import { againOf, rerunOf } from "./rerun.ts";
import { spread } from "./spread.ts";
import { type LargeRequest, uploading } from "./uploading.ts";

/**
 * linger is how long, in milliseconds, the object itself holds the response of a create that waits: work that ends
 * within it needs no socket. The work keeps the object awake anyway.
 */
const linger = 1_000;

/** day is how long an operation of kind `bulk` may take, in milliseconds. */
const day = 86_400_000;

/** Creating creates operations in a tenant's map, in whichever shard they belong. */
export class Creating {
  readonly #place: TenantPlace;
  readonly #shards: Shards;

  constructor(place: TenantPlace, shards: Shards) {
    this.#place = place;
    this.#shards = shards;
  }

  /** create creates an operation, or returns the one that its key has created, and waits for its end. */
  async create(
    operation: NewOperation,
    once: Once | undefined,
    waiting: Waiting,
  ): Promise<Reply<Created>> {
    const checked = await check(this.#place, operation);
    if (checked.error) return checked;
    return this.#make(checked.command, once && (await idempotencyOf(once)), waiting);
  }

  /** upload is create for a request whose body goes to the bucket before there is an operation. */
  async upload(request: LargeRequest, waiting: Waiting): Promise<Reply<Created>> {
    const checked = await check(this.#place, request.operation);
    if (checked.error) return checked;
    const { key } = request;
    const shard = key === undefined ? this.#anywhere() : homeOf(key, this.#place.config);
    const { deployment, env, config, keep } = this.#place;
    const found = deployment.bucketOf(env);
    if (!found) return { error: noBucket };
    const arrived = await found.large.arrive(found.bucket, {
      object: this.#shards.at(shard),
      body: request.body,
      limit: config.maxUpload ?? 0,
      what: "body",
      keep,
    });
    if (arrived.error) return arrived;
    const { input, asked } = request.arrived(arrived);
    const command = { ...checked.command, input: JSON.stringify(input) };
    const idempotency = key === undefined ? undefined : await idempotencyOf({ key, asked });
    const send = uploading(this.#shards, shard, arrived);
    const reply = await this.#make(command, idempotency, waiting, send, shard);
    if (reply.error || reply.replayed) arrived.abandon();
    return reply;
  }

  /** rerun creates an operation that repeats the request of another; see `rerunOf`. */
  async rerun(rerun: Rerun, once: Once | undefined, waiting: Waiting): Promise<Reply<Created>> {
    const idempotency = once && (await idempotencyOf(once));
    // What the key has created is returned even if the other operation is gone by now.
    const made = idempotency && (await this.#find(idempotency));
    if (made) return this.ended(waiting, async () => made);
    const asked = await rerunOf(this.#place, this.#shards, rerun);
    if (asked.error) return asked;
    if (!rerun.keepSteps) return this.#make(asked.command, idempotency, waiting);
    const send = keeping(this.#shards, rerun.id);
    return this.#make(asked.command, idempotency, waiting, send, parseId(rerun.id)?.shard);
  }

  /**
   * ended creates an operation and waits for its end: in the object for as long as that holds the response, and then on
   * a socket.
   *
   * @param make receives how many milliseconds the object may hold the response
   */
  async ended(
    { milliseconds, signal }: Waiting,
    make: (held: number) => Promise<Reply<Created>>,
  ): Promise<Reply<Created>> {
    const started = Date.now();
    const reply = await make(Math.min(milliseconds, linger));
    const left = milliseconds - (Date.now() - started);
    if (!reply.error && reply.held) this.#place.waited?.(reply.held);
    if (!reply.error && reply.op.trace) this.#place.traced?.(reply.op.trace);
    if (reply.error || isTerminal(reply.op) || left <= 0) return reply;
    const { id } = reply.op;
    // An operation that an idempotency key has created earlier may be in another object.
    const maker = () => this.#shards.of(id) ?? this.#shards.at(0);
    const since = Date.now();
    const waited = await waitFor(maker, { id, milliseconds: left, signal });
    this.#place.waited?.(Date.now() - since);
    // The operation is on disk even if the wait failed.
    return waited.error ? reply : { ...reply, ...waited };
  }

  /** createMany creates what can be created, in one commit per object, and returns each outcome in its place. */
  async createMany(entries: readonly Result<Entry, Failure>[]): Promise<Reply<Created>[]> {
    return this.#makeMany(
      withinReports(await Promise.all(entries.map((entry) => this.#prepare(entry)))),
    );
  }

  async #makeMany(prepared: readonly Reply<Checked>[]): Promise<Reply<Created>[]> {
    const keys = prepared.flatMap((entry) =>
      entry.error ? [] : (entry.command.idempotency ?? []),
    );
    const before = await madeBefore(this.#place.config, this.#shards, keys);
    const made = new Map(keys.map((key, index) => [key, before[index]]));

    const keyless = prepared.flatMap((entry) =>
      entry.error || entry.command.idempotency ? [] : entry.command,
    );
    const anywhere = this.#anywhere();
    const places = spread(this.#place, keyless, anywhere);
    const toMake: CreateCommand[] = [];
    const known = prepared.map((entry): Reply<Created> | CreateCommand => {
      if (entry.error) return entry;
      const { idempotency } = entry.command;
      const reply = idempotency && made.get(idempotency);
      if (reply) return reply;
      const shard = idempotency
        ? homeOf(idempotency.key, this.#place.config)
        : (places.get(entry.command) ?? anywhere);
      const command = { ...entry.command, shard };
      toMake.push(command);
      return command;
    });
    const replies = await this.#sendMany(toMake);
    return known.map((entry) => ("shard" in entry ? (replies.get(entry) ?? unreachable) : entry));
  }

  /** rerunMany repeats the requests of several operations, once for each key; with `dryRun` it only checks them. */
  async rerunMany(
    entries: readonly { readonly op: Operation; readonly input: string; readonly once: Once }[],
    dryRun: boolean,
  ): Promise<Reply<object>[]> {
    const prepared = await Promise.all(
      entries.map(async ({ op, input, once }): Promise<Reply<Checked>> => {
        try {
          const checked = await againOf(this.#place, op, input);
          if (checked.error || dryRun) return checked;
          const idempotency = await idempotencyOf(once);
          return { ...checked, command: { ...checked.command, idempotency } };
        } catch (thrown) {
          // A kind whose check throws does not stop the others.
          this.#place.log.error("part of a request failed", { stack: stackOf(thrown) });
          return { error: failure("internal", "Internal error") };
        }
      }),
    );
    return dryRun ? prepared : this.#makeMany(prepared);
  }

  /** bulk creates an operation of kind `bulk`. */
  async bulk(input: BulkInput, once: Once | undefined, waiting: Waiting): Promise<Reply<Created>> {
    const { config, deployment } = this.#place;
    const command = {
      kind: bulkKind,
      input: JSON.stringify(input),
      labels: {},
      ttl: config.defaultTtl,
      deadline: Math.min(day, config.maxDeadline),
      retry: deployment.kinds.findWork(bulkKind)?.retry ?? onceOnly,
      interruptions: { limit: 100 },
      ...(this.#place.trace && { trace: this.#place.trace }),
    };
    return this.#make(command, once && (await idempotencyOf(once)), waiting);
  }

  #make(
    command: Command,
    idempotency: Idempotency | undefined,
    waiting: Waiting,
    send: Send = (whole, held) => this.#shards.joined(whole.shard).create(whole, held),
    place?: number,
  ): Promise<Reply<Created>> {
    return this.ended(waiting, (held) =>
      idempotency
        ? this.#sendOnce(command, idempotency, held, send)
        : send({ ...command, shard: place ?? this.#withOthers(command, held) }, held),
    );
  }

  /** Returns what a key has created, in whichever object. */
  async #find(idempotency: Idempotency): Promise<Reply<Created> | undefined> {
    const [before] = await madeBefore(this.#place.config, this.#shards, [idempotency]);
    if (before) return before;
    const home = this.#shards.at(homeOf(idempotency.key, this.#place.config));
    return (await home.findMany([idempotency]))[0];
  }

  async #sendOnce(
    command: Command,
    idempotency: Idempotency,
    held: number,
    send: Send,
  ): Promise<Reply<Created>> {
    const [made] = await madeBefore(this.#place.config, this.#shards, [idempotency]);
    if (made) return made;
    for (let shard = homeOf(idempotency.key, this.#place.config); ; ) {
      const reply = await send({ ...command, idempotency, shard }, held);
      const older = decidedAt(reply, shard);
      if (older === undefined) return reply;
      shard = older;
    }
  }

  /** Returns the command of an entry, or what is wrong with it. */
  async #prepare(entry: Result<Entry, Failure>): Promise<Reply<Checked>> {
    if (!entry.ok) return { error: entry.failure };
    const { operation, once } = entry.value;
    const checked = await check(this.#place, operation);
    if (checked.error || !once) return checked;
    const idempotency = await idempotencyOf(once);
    return { ...checked, command: { ...checked.command, idempotency } };
  }

  /** Makes one call per object, and then again for what another object decides. */
  async #sendMany(commands: readonly CreateCommand[]): Promise<Map<CreateCommand, Reply<Created>>> {
    const replies = await this.#shards.for(
      commands,
      ({ shard }) => shard,
      (stub, own) => stub.createMany(own),
    );
    const further = new Map<CreateCommand, CreateCommand>();
    for (const [command, reply] of replies) {
      const shard = decidedAt(reply, command.shard);
      if (shard !== undefined) further.set(command, { ...command, shard });
    }
    if (further.size > 0) {
      // What existed before is returned, whatever happens to these.
      const decided = await this.#sendMany([...further.values()]).catch((thrown) => {
        this.#place.log.error("part of a request failed", { stack: stackOf(thrown) });
        return new Map<CreateCommand, Reply<Created>>();
      });
      for (const [command, sent] of further) replies.set(command, decided.get(sent) ?? unreachable);
    }
    return replies;
  }

  /** Where a create without a key goes: under load, to the same object as others that come with it. */
  #withOthers(command: Command, held: number): number {
    return sharedByCreates(this.#place, command, held) ?? this.#anywhere();
  }

  #anywhere(): number {
    const { createShards } = this.#place.config;
    return createShards === 1 ? 0 : Math.floor(Math.random() * createShards);
  }
}

/** One request must not cause unlimited writes: entries beyond the limit are refused. */
function withinReports(prepared: readonly Reply<Checked>[]): Reply<Checked>[] {
  let reports = 0;
  return prepared.map((entry) => {
    if (entry.error || reports + entry.reports <= maxBatchReports) {
      reports += entry.error ? 0 : entry.reports;
      return entry;
    }
    const message = `the entries up to this one order more than ${maxBatchReports} progress reports`;
    return { error: invalid([{ path: "input", message }]) };
  });
}

/** What a create sends with its key, which distinguishes it from other requests. */
async function idempotencyOf({ key, asked }: Once): Promise<Idempotency> {
  return { key, ...(await fingerprints(asked, sha256)) };
}

async function sha256(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toBase64();
}
