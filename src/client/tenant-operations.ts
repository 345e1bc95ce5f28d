import { formatDuration } from "../base/duration.ts";
import { maxWait } from "../core/limits.ts";
import type { TrendRange, Trends } from "../core/statistics/trends.ts";
import type { Attempt } from "./attempts.ts";
import { type BulkCounts, type BulkFilter, type BulkOptions, makeMany } from "./bulk.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import {
  type BatchCreateRequest,
  type BatchEntry,
  batchCreateBody,
  batchGetBody,
} from "./creating/batch.ts";
import type {
  CreateManyEntry,
  CreateOptions,
  RerunOptions,
  Rest,
  RunOptions,
  SendOptions,
} from "./creating/create-options.ts";
import type { CreateRequest } from "./creating/create-request.ts";
import { make, makeAt } from "./creating/making.ts";
import type { WebhookDelivery } from "./deliveries.ts";
import type { ApiDocument, KindDescription, Stats } from "./discovery.ts";
import type { AnyKinds, InputOf, KindsTypes, NameOf, OutputOf } from "./kind-types.ts";
import { type ListPage, type ListQuery, listPath } from "./list-query.ts";
import { isFinished, type Operation, operationPath } from "./operation.ts";
import { type CallOptions, type CancelOptions, durationOption } from "./options.ts";
import { RequestError } from "./request-error.ts";
import { openResult, resultValue } from "./result.ts";
import { type Ticket, ticketBody } from "./ticket.ts";
import { type AttemptLine, type LogsOptions, logs } from "./watching/logs.ts";
import { type OutputChunk, type OutputOptions, output } from "./watching/output.ts";
import { type WaitOptions, waitFor } from "./watching/wait-for.ts";
import { type WatchOptions, watch } from "./watching/watch.ts";
import { type Change, type WatchAllOptions, watchAll } from "./watching/watch-all.ts";

/** TicketOptions say how long a ticket is valid. */
export interface TicketOptions extends CallOptions {
  /** Go-style text. */
  readonly ttl?: string | undefined;
}

interface Deliveries {
  readonly deliveries: readonly WebhookDelivery[];
}

/** tries is how often a repeatable request is sent. */
const tries = 5;

/**
 * TenantOperations creates, reads, waits for and ends the operations of one tenant. It needs only
 * `fetch`, and holds no connection open between calls; inside a Worker, `operations.tenant()` is one. With `typeof kinds` as its type argument, it
 * knows the input and the output of each kind.
 *
 * Every method rejects with
 * - RequestError if the service, or something in front of it, refuses: `code` and `status` say why
 *   (401 `unauthenticated`, 403 `forbidden`, 404 `operation-not-found` also for an operation that has
 *   expired or is another tenant's, 400 `validation-failed` with `errors`);
 * - UnreachableError if there is no answer, or none within 30 seconds;
 * - the reason of `signal` once it is aborted;
 * - RangeError or TypeError for invalid arguments, before any request.
 *
 * A request that meets trouble that can pass (no answer, 408, 425, 429, 500, 502, 503, 504) is sent
 * up to five times if repeating it does no harm, 0.1 to 2 seconds apart or as `Retry-After` says; a
 * `Retry-After` of more than a minute ends the retries. No error holds the token.
 */
export class TenantOperations<Kinds extends KindsTypes = AnyKinds> {
  readonly #connection: Connection;

  /** @throws TypeError for a `url` that is not http or https, or a `token` that no header can carry */
  constructor(options: ConnectionOptions) {
    this.#connection = new Connection(options);
  }

  /**
   * create creates an operation of a kind and returns it: at once, or with `wait` as soon as it has
   * ended, or as it stands when that time is up. An operation that failed or was canceled is returned
   * too: see its `status`. The request is sent again on trouble that can pass, and its key makes that
   * one operation. A request that is data already, with kind and input in it, is sent as it is.
   *
   * @throws RequestError as well with `kind-not-found`, `validation-failed`, `payload-too-large` (a
   *   request is at most 1 MiB unless the service is configured otherwise), `idempotency-key-reused`,
   *   `quota-exceeded`
   */
  async create<Name extends NameOf<Kinds>>(
    kind: Name,
    ...rest: Rest<InputOf<Kinds[Name]>, CreateOptions>
  ): Promise<Operation<OutputOf<Kinds[Name]>>>;
  async create(request: CreateRequest, options?: SendOptions): Promise<Operation>;
  async create(
    what: string | CreateRequest,
    second?: unknown,
    third: CreateOptions = {},
  ): Promise<Operation> {
    if (typeof what !== "string")
      return make(this.#connection, what, (second ?? {}) as SendOptions, tries);
    const { idempotencyKey, wait, signal, ...more } = third;
    const request = { ...more, kind: what, input: second };
    return make(this.#connection, request, { idempotencyKey, wait, signal }, tries);
  }

  /**
   * run creates an operation of a kind, waits for its end and returns its result: what JSON makes of
   * what the work returned, or, if that has another media type, the Response.
   *
   * @throws OperationError if it fails or is canceled; WaitTimeoutError when `timeout` is over,
   *   while the operation goes on; as create, waitFor and result do
   */
  async run<Name extends NameOf<Kinds>>(
    kind: Name,
    ...rest: Rest<InputOf<Kinds[Name]>, RunOptions>
  ): Promise<OutputOf<Kinds[Name]>> {
    const [input, { timeout, idempotencyKey, signal, ...more } = {}] = rest;
    const length = timeout === undefined ? Infinity : durationOption("timeout", timeout);
    const until = Date.now() + length;
    const wait = formatDuration(Math.min(length, maxWait));
    const sending = { idempotencyKey, wait, signal };
    const made = await make(this.#connection, { ...more, kind, input }, sending, tries);
    const left =
      timeout === undefined ? {} : { timeout: formatDuration(Math.max(0, until - Date.now())) };
    const ended = isFinished(made)
      ? made
      : await waitFor(this.#connection, made.id, { ...left, signal });
    const value = await resultValue(this.#connection, ended, { tries, signal });
    return value as OutputOf<Kinds[Name]>;
  }

  /**
   * rerun creates an operation with the request of one that has ended, and `rerunOf`: its kind, input,
   * labels, metadata, priority, `ttl`, `deadline`, `waitDeadline`, `retry` and webhook. It is sent as by `create`.
   *
   * @throws RequestError as well with 409 `operation-active` for one that has not ended, and as create
   *   does: the kind, as it is now, may refuse the input; 503 `unavailable` for `keepSteps` in the middle
   *   of a deploy that brings it
   */
  async rerun(
    id: string,
    { idempotencyKey, wait, signal, ...body }: RerunOptions = {},
  ): Promise<Operation> {
    const sending = { idempotencyKey, wait, signal };
    return makeAt(this.#connection, `${operationPath(id)}:rerun`, body, sending, tries);
  }

  /**
   * cancelMany asks every operation that the filter finds to stop, by an operation of kind `bulk` that
   * it returns: it has progress, a result that counts, and can be canceled itself. It touches nothing
   * that is newer than itself, and no other of its kind. It is sent and returned as by `create`.
   *
   * @throws RangeError for what can be no filter
   */
  async cancelMany(filter: BulkFilter, options?: BulkOptions): Promise<Operation<BulkCounts>> {
    return makeMany(this.#connection, "cancel", filter, options);
  }

  /** deleteMany deletes every operation that the filter finds and that has ended, as cancelMany cancels. */
  async deleteMany(filter: BulkFilter, options?: BulkOptions): Promise<Operation<BulkCounts>> {
    return makeMany(this.#connection, "delete", filter, options);
  }

  /** rerunMany reruns every operation that the filter finds and that has ended, once, as cancelMany cancels. */
  async rerunMany(filter: BulkFilter, options?: BulkOptions): Promise<Operation<BulkCounts>> {
    return makeMany(this.#connection, "rerun", filter, options);
  }

  /**
   * batchCreate creates up to 100 operations in one request, and returns each in its place: the
   * operation as `create` does without `wait`, or why it was refused, which does not affect the others.
   */
  async batchCreate(
    requests: readonly BatchCreateRequest[],
    { signal }: CallOptions = {},
  ): Promise<readonly BatchEntry[]> {
    return this.#batch("Create", batchCreateBody(requests), signal);
  }

  /**
   * createMany is batchCreate for kinds that the client knows by type: up to 100 operations, each
   * created or refused by itself, returned in their order.
   */
  async createMany(
    entries: readonly CreateManyEntry<Kinds>[],
    options: CallOptions = {},
  ): Promise<readonly BatchEntry[]> {
    return this.batchCreate(entries, options);
  }

  /**
   * batchGet returns up to 100 operations as they stand, each in its place, or why there is none
   * (`operation-not-found`).
   */
  async batchGet(
    ids: readonly string[],
    { signal }: CallOptions = {},
  ): Promise<readonly BatchEntry[]> {
    return this.#batch("Get", batchGetBody(ids), signal);
  }

  /** get returns an operation as it stands. */
  async get(id: string, { signal }: CallOptions = {}): Promise<Operation> {
    return this.#read(operationPath(id), signal);
  }

  /**
   * list iterates over all operations that match the query, page by page as needed: newest first,
   * unless `order` is `asc`. What is created meanwhile appears in an `asc` list alone.
   */
  list(query: ListQuery = {}, options: CallOptions = {}): AsyncIterable<Operation> {
    listPath(query);
    return this.#list(query, options);
  }

  /** listPage reads one page of a list; the next is asked for with its `nextPageToken`. */
  async listPage(query: ListQuery = {}, { signal }: CallOptions = {}): Promise<ListPage> {
    return this.#read(listPath(query), signal);
  }

  /**
   * waitFor returns an operation once it has ended, in whatever way. It holds one request open, for
   * up to 55 seconds at a time, and goes on across trouble that can pass until `timeout`.
   *
   * @throws WaitTimeoutError when `timeout` is over, up to 5 seconds later if the service does not
   *   respond; RequestError at once for one that does not exist (or no longer exists)
   */
  async waitFor(id: string, options: WaitOptions = {}): Promise<Operation> {
    return waitFor(this.#connection, id, options);
  }

  /**
   * watch yields an operation as it stands (unless `after` is its version), then after each change,
   * and last its end, after which the loop ends. Versions only grow; a slow reader may miss states in
   * between, but never the end. A connection that is lost is made again, without limit; one that is
   * silent for 45 seconds counts as lost. Leaving the loop closes it, and so does `signal`.
   *
   * @throws RequestError from the loop for one that does not exist (or no longer exists)
   */
  watch(id: string, options: WatchOptions = {}): AsyncIterable<Operation> {
    return watch(this.#connection, id, options);
  }

  /**
   * output yields what the work of an operation has written with `op.write`, from the beginning or `after`,
   * and goes on as it writes, to the end of the operation. A connection that is lost is made again, without
   * limit. Where an attempt is lost, what it wrote may be taken back: a chunk with `isReset` says from
   * which offset on.
   *
   * @throws RequestError from the loop for one that does not exist (or no longer exists)
   */
  output(id: string, options: OutputOptions = {}): AsyncIterable<OutputChunk> {
    return output(this.#connection, id, options);
  }

  /**
   * watchAll yields every change of every operation that matches the filter, until the loop is left
   * or `signal` is aborted. It reads and resumes as `watch` does; with the `position` of the last
   * change as `after`, a later watch goes on there, for as long as what has changed since is kept.
   * Expiry is not announced, and deletions only to `onDeleted`.
   *
   * Without `after` it begins with the unfinished operations, at most 1,000 from each shard, those
   * that changed last. So for a table that shows the finished ones too, begin to watch, list once
   * `onConnection` has reported `connected`, and keep for each id the operation with the higher
   * `version`: then nothing is missed between the two.
   */
  watchAll(options: WatchAllOptions = {}): AsyncIterable<Change> {
    return watchAll(this.#connection, options);
  }

  /**
   * cancel asks an operation to end, and returns it as it stands: one that had not started has ended,
   * one that is running has `cancelRequestedAt` and may still end in any way, and one that has ended is
   * left alone. By `force` it ends at once, whatever its work does. It may be called any number of times.
   *
   * @throws RequestError as well with 503 `unavailable` if force is asked of a service in the middle of
   *   a deploy that brings it: the operation has been asked to end
   */
  async cancel(id: string, { force, signal }: CancelOptions = {}): Promise<Operation> {
    const path = `${operationPath(id)}:cancel`;
    const body = force ? { body: { force } } : {};
    return this.#connection.call({ method: "POST", path, ...body, tries, signal });
  }

  /**
   * delete removes an operation that has ended, with its result and its idempotency key.
   *
   * @throws RequestError as well with 409 `operation-active` for one that has not ended
   */
  async delete(id: string, { signal }: CallOptions = {}): Promise<void> {
    let isAgain = false;
    const onAgain = () => {
      isAgain = true;
    };
    const path = operationPath(id);
    try {
      await this.#connection.open({ method: "DELETE", path, tries, signal, onAgain });
    } catch (thrown) {
      const isGone = thrown instanceof RequestError && thrown.code === "operation-not-found";
      // The earlier try was accepted, and only its answer was lost.
      if (!isAgain || !isGone) throw thrown;
    }
  }

  /**
   * input answers the question of an operation that is `input_required`, with JSON that fits
   * `inputRequest.schema` (at most 16,384 characters), and returns the operation as it stands then.
   * It is sent once, because an answer that is sent again could go to the next question. So after a
   * failure, look at the operation first.
   *
   * @throws RequestError as well with 409 `input-not-required` or `already-terminal`, and 400
   *   `validation-failed` for an answer that does not fit
   */
  async input(id: string, answer: unknown, { signal }: CallOptions = {}): Promise<Operation> {
    // JSON.stringify returns no text for it, and a request without a body is something else.
    if (answer === undefined) throw new TypeError("Cannot answer undefined: want JSON");
    const path = `${operationPath(id)}:input`;
    return this.#connection.call({ method: "POST", path, body: answer, signal });
  }

  /**
   * inputOf returns the input of an operation, any JSON; undefined if it has none. A finished
   * operation has it too, for as long as it is kept.
   */
  async inputOf(id: string, { signal }: CallOptions = {}): Promise<unknown> {
    const { input } = await this.#read<{ input?: unknown }>(`${operationPath(id)}/input`, signal);
    return input;
  }

  /**
   * attempts returns what became of each attempt of an operation, oldest first: its last 20, with what
   * they logged and how far they were.
   */
  async attempts(id: string, { signal }: CallOptions = {}): Promise<readonly Attempt[]> {
    const path = `${operationPath(id)}/attempts`;
    const { attempts } = await this.#read<{ attempts: Attempt[] }>(path, signal);
    return attempts;
  }

  /**
   * logs yields what the attempts of an operation logged, oldest first: the last 200 lines of each, and
   * with `follow` every line that comes, until the operation has ended. It goes on across trouble that
   * can pass; of what was logged meanwhile, no more is told than is kept.
   */
  logs(id: string, options: LogsOptions = {}): AsyncIterable<AttemptLine> {
    return logs(this.#connection, id, options);
  }

  /** deliveries returns the attempts to deliver an operation's webhook, past and to come. */
  async deliveries(id: string, { signal }: CallOptions = {}): Promise<readonly WebhookDelivery[]> {
    const path = `${operationPath(id)}/deliveries`;
    const { deliveries } = await this.#read<Deliveries>(path, signal);
    return deliveries;
  }

  /**
   * redeliver sends an operation's webhook again, whatever became of it before, and returns the
   * deliveries as they stand then. The target may get it twice, with the same `webhook-id`.
   */
  async redeliver(id: string, { signal }: CallOptions = {}): Promise<readonly WebhookDelivery[]> {
    const path = `${operationPath(id)}:redeliver`;
    const call = { method: "POST", path, tries, signal } as const;
    const { deliveries } = await this.#connection.call<Deliveries>(call);
    return deliveries;
  }

  /**
   * ticket creates a ticket that reads this operation and nothing else, for `ttl`: from `1s` to `24h`,
   * `10m` by default, and never longer than there is something to read.
   *
   * @throws RequestError as well with 503 `unavailable` if the service has no TICKET_SECRET
   */
  async ticket(id: string, { ttl, signal }: TicketOptions = {}): Promise<Ticket> {
    const path = `${operationPath(id)}:tickets`;
    const body = ticketBody(ttl);
    return this.#connection.call({ method: "POST", path, body, tries: 2, signal });
  }

  /**
   * result returns the result of an operation that succeeded, in its own media type, with its body (at
   * most 8 MiB) unread: read it, or cancel it. The result of a proxied request is the upstream's
   * answer, with its status. It is content of others: no page should show it as its own.
   *
   * @throws UnfinishedError, with the operation, while there is none; RequestError with 424
   *   `operation-failed` or `operation-canceled`, and the operation, if there will be none
   */
  async result(id: string, { signal }: CallOptions = {}): Promise<Response> {
    return openResult(this.#connection, { path: operationPath(id), tries, signal });
  }

  /**
   * pauseKind has nothing of a kind started or claimed until resumeKind: creates are taken and stay
   * pending, up to their deadlines; what is under way goes on. It may be called any number of times; the
   * token needs the scope `admin`.
   *
   * @throws RequestError as well with `kind-not-found`
   */
  pauseKind(kind: string, options: CallOptions = {}): Promise<KindDescription> {
    return this.#changeKind(kind, { paused: true }, options);
  }

  /** resumeKind lets a kind go on that was paused: what waits starts in its order. */
  resumeKind(kind: string, options: CallOptions = {}): Promise<KindDescription> {
    return this.#changeKind(kind, { paused: false }, options);
  }

  #changeKind(kind: string, body: object, { signal }: CallOptions): Promise<KindDescription> {
    const path = `/kinds/${encodeURIComponent(kind)}`;
    return this.#connection.call({ method: "PATCH", path, body, tries, signal });
  }

  /** kinds lists what the service can do, by name. */
  async kinds({ signal }: CallOptions = {}): Promise<readonly KindDescription[]> {
    const { kinds } = await this.#read<{ kinds: KindDescription[] }>("/kinds", signal);
    return kinds;
  }

  /** version returns which version of edge-operations the service runs, such as `0.1.0`. */
  async version({ signal }: CallOptions = {}): Promise<string> {
    const { info } = await this.#read<ApiDocument>("/openapi.json", signal);
    return info.version;
  }

  /** stats counts the tenant's operations and requests. */
  async stats({ signal }: CallOptions = {}): Promise<Stats> {
    return this.#read("/stats", signal);
  }

  /**
   * trends returns what began, ended, ran and waited, and how long requests took, over the last 15
   * minutes in steps of ten seconds, or the last 24 hours in steps of five minutes.
   */
  async trends(range: TrendRange, { signal }: CallOptions = {}): Promise<Trends> {
    return this.#read(`/trends?range=${encodeURIComponent(range)}`, signal);
  }

  #read<T>(path: string, signal: AbortSignal | undefined): Promise<T> {
    return this.#connection.call<T>({ method: "GET", path, tries, signal });
  }

  async #batch(
    verb: "Create" | "Get",
    body: unknown,
    signal: AbortSignal | undefined,
  ): Promise<readonly BatchEntry[]> {
    const path = `/operations:batch${verb}`;
    const call = { method: "POST", path, body, tries, signal } as const;
    const { operations } = await this.#connection.call<{ operations: BatchEntry[] }>(call);
    return operations;
  }

  async *#list(query: ListQuery, options: CallOptions): AsyncGenerator<Operation, void, void> {
    let pageToken = query.pageToken;
    do {
      const page = await this.listPage({ ...query, pageToken }, options);
      yield* page.operations;
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }
}
