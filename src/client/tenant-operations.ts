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

/** TicketOptions are the options of `ticket`. */
export interface TicketOptions extends CallOptions {
  /** How long the ticket is valid, such as `10m`. */
  readonly ttl?: string | undefined;
}

interface Deliveries {
  readonly deliveries: readonly WebhookDelivery[];
}

/** tries is how many times a repeatable request is sent at most. */
const tries = 5;

/**
 * TenantOperations creates, reads, waits for and ends the operations of one tenant. It needs only `fetch`, and
 * holds no connection open between calls. Inside a Worker, `operations.tenant()` returns one. With `typeof kinds`
 * as its type argument, it knows the input and the output of each kind.
 *
 * Every method rejects with
 * - RequestError if the service, or something in front of it, refuses: `code` and `status` say why
 *   (401 `unauthenticated`, 403 `forbidden`, 404 `operation-not-found` also for an operation that has
 *   expired or is another tenant's, 400 `validation-failed` with `errors`);
 * - UnreachableError if there is no response within 30 seconds;
 * - the reason of `signal` once it is aborted;
 * - RangeError or TypeError for invalid arguments, before any request.
 *
 * A request that fails in a way that may pass (no response, 408, 425, 429, 500, 502, 503, 504) is sent up to
 * five times if it is safe to repeat, 0.1 to 2 seconds apart or as `Retry-After` says. A `Retry-After` of more
 * than a minute ends the retries. No error contains the token.
 */
export class TenantOperations<Kinds extends KindsTypes = AnyKinds> {
  readonly #connection: Connection;

  /** @throws TypeError for a `url` that is not http or https, or a `token` that cannot be sent in a header */
  constructor(options: ConnectionOptions) {
    this.#connection = new Connection(options);
  }

  /**
   * create creates an operation of a kind and returns it: at once or, with `wait`, as soon as it has ended or
   * that time is up. An operation that failed or was canceled is returned too: check its `status`. The request
   * is retried on errors that may pass, and its idempotency key makes sure that only one operation is created. A
   * CreateRequest, with the kind and the input in it, is sent as it is.
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
   * run creates an operation of a kind, waits for it to end and returns its result: the parsed JSON or, for any
   * other media type, the Response.
   *
   * @throws OperationError if it fails or is canceled; WaitTimeoutError if it has not ended after `timeout`
   *   (the operation continues); and whatever create, waitFor and result throw
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
   * rerun creates an operation with the request of one that has ended: its kind, input, labels, metadata,
   * priority, `ttl`, `deadline`, `waitDeadline`, `retry` and webhook. `rerunOf` names the original. It is sent and
   * retried like `create`.
   *
   * @throws RequestError as well with 409 `operation-active` for one that has not ended, with the errors of
   *   create (the current version of the kind may reject the input), and with 503 `unavailable` for `keepSteps`
   *   while the deployment that introduces it is in progress
   */
  async rerun(
    id: string,
    { idempotencyKey, wait, signal, ...body }: RerunOptions = {},
  ): Promise<Operation> {
    const sending = { idempotencyKey, wait, signal };
    return makeAt(this.#connection, `${operationPath(id)}:rerun`, body, sending, tries);
  }

  /**
   * cancelMany asks every operation that matches the filter to stop. It returns an operation of kind `bulk` that
   * does so: it reports progress, its result has the counts, and it can be canceled itself. It skips operations
   * that are newer than itself, and those of kind `bulk`. It is sent and retried like `create`.
   *
   * @throws RangeError for an invalid filter
   */
  async cancelMany(filter: BulkFilter, options?: BulkOptions): Promise<Operation<BulkCounts>> {
    return makeMany(this.#connection, "cancel", filter, options);
  }

  /** deleteMany deletes every operation that matches the filter and has ended; otherwise it is like cancelMany. */
  async deleteMany(filter: BulkFilter, options?: BulkOptions): Promise<Operation<BulkCounts>> {
    return makeMany(this.#connection, "delete", filter, options);
  }

  /** rerunMany reruns once every operation that matches the filter and has ended; otherwise it is like cancelMany. */
  async rerunMany(filter: BulkFilter, options?: BulkOptions): Promise<Operation<BulkCounts>> {
    return makeMany(this.#connection, "rerun", filter, options);
  }

  /**
   * batchCreate creates up to 100 operations in one request, and returns an entry for each, in order: the
   * operation, or why it was refused. A refusal does not affect the others.
   */
  async batchCreate(
    requests: readonly BatchCreateRequest[],
    { signal }: CallOptions = {},
  ): Promise<readonly BatchEntry[]> {
    return this.#batch("Create", batchCreateBody(requests), signal);
  }

  /**
   * createMany is batchCreate with typed kinds: it creates up to 100 operations, each independently, and returns
   * an entry for each, in order.
   */
  async createMany(
    entries: readonly CreateManyEntry<Kinds>[],
    options: CallOptions = {},
  ): Promise<readonly BatchEntry[]> {
    return this.batchCreate(entries, options);
  }

  /**
   * batchGet returns an entry for each of up to 100 ids, in order: the operation, or why there is none
   * (`operation-not-found`).
   */
  async batchGet(
    ids: readonly string[],
    { signal }: CallOptions = {},
  ): Promise<readonly BatchEntry[]> {
    return this.#batch("Get", batchGetBody(ids), signal);
  }

  /** get returns the current state of an operation. */
  async get(id: string, { signal }: CallOptions = {}): Promise<Operation> {
    return this.#read(operationPath(id), signal);
  }

  /**
   * list iterates over all operations that match the query, page by page as needed: newest first,
   * unless `order` is `asc`. Operations created meanwhile appear only in an `asc` list.
   */
  list(query: ListQuery = {}, options: CallOptions = {}): AsyncIterable<Operation> {
    listPath(query);
    return this.#list(query, options);
  }

  /** listPage returns one page of a list. Pass its `nextPageToken` as `pageToken` for the next one. */
  async listPage(query: ListQuery = {}, { signal }: CallOptions = {}): Promise<ListPage> {
    return this.#read(listPath(query), signal);
  }

  /**
   * waitFor returns an operation once it has ended, whatever its outcome. It holds one request open, for up to
   * 55 seconds at a time, and continues after errors that may pass, until `timeout`.
   *
   * @throws WaitTimeoutError after `timeout`, or up to 5 seconds later if the service does not respond;
   *   RequestError at once if the operation does not exist (or no longer exists)
   */
  async waitFor(id: string, options: WaitOptions = {}): Promise<Operation> {
    return waitFor(this.#connection, id, options);
  }

  /**
   * watch yields the current state of an operation (unless `after` is its version), then each change, until it
   * has ended. Versions only increase. A slow reader may miss states in between, but never the last one. A lost
   * connection is reopened, without limit; one that is silent for 45 seconds counts as lost. Leaving the loop
   * closes the connection, as does `signal`.
   *
   * @throws RequestError from the loop if the operation does not exist (or no longer exists)
   */
  watch(id: string, options: WatchOptions = {}): AsyncIterable<Operation> {
    return watch(this.#connection, id, options);
  }

  /**
   * output yields what the work of an operation wrote with `op.write`, from the beginning or from `after`, and
   * follows it until the operation ends. A lost connection is reopened, without limit. If an attempt is lost,
   * output of it may be discarded: a chunk with `isReset` says from which offset on.
   *
   * @throws RequestError from the loop if the operation does not exist (or no longer exists)
   */
  output(id: string, options: OutputOptions = {}): AsyncIterable<OutputChunk> {
    return output(this.#connection, id, options);
  }

  /**
   * watchAll yields every change of every operation that matches the filter, until the loop is left or `signal`
   * is aborted. It reconnects as `watch` does. With the `position` of the last change as `after`, a later watch
   * resumes there, as long as the operations that have changed since still exist. Expiry is not reported, and
   * deletions are reported only to `onDeleted`.
   *
   * Without `after` it begins with the unfinished operations, at most 1,000 from each shard: those that changed
   * last. For a table that shows finished operations too, start to watch, list once `onConnection` reports
   * `connected`, and keep for each id the operation with the higher `version`: nothing is missed in between.
   */
  watchAll(options: WatchAllOptions = {}): AsyncIterable<Change> {
    return watchAll(this.#connection, options);
  }

  /**
   * cancel asks an operation to stop, and returns its current state: if it had not started it is canceled; if it
   * is running it has `cancelRequestedAt` and may still end in any way; if it has ended it is unchanged. With
   * `force` it ends at once, without waiting for its work. It is safe to repeat.
   *
   * @throws RequestError as well with 503 `unavailable` for `force` while the deployment that introduces it is in
   *   progress: the operation has been asked to stop
   */
  async cancel(id: string, { force, signal }: CancelOptions = {}): Promise<Operation> {
    const path = `${operationPath(id)}:cancel`;
    const body = force ? { body: { force } } : {};
    return this.#connection.call({ method: "POST", path, ...body, tries, signal });
  }

  /**
   * delete deletes an operation that has ended, with its result and its idempotency key.
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
      // The earlier try succeeded, and only its response was lost.
      if (!isAgain || !isGone) throw thrown;
    }
  }

  /**
   * input answers the question of an operation that is `input_required`, with JSON that fits
   * `inputRequest.schema` (at most 16,384 characters), and returns the new state of the operation. It is not
   * retried, because a repeated answer could reach the next question: after an error, get the operation first.
   *
   * @throws RequestError as well with 409 `input-not-required` or `already-terminal`, and 400
   *   `validation-failed` for an answer that does not fit
   */
  async input(id: string, answer: unknown, { signal }: CallOptions = {}): Promise<Operation> {
    // JSON.stringify returns no text for undefined, and a request without a body means something else.
    if (answer === undefined) throw new TypeError("Cannot answer with undefined: must be JSON");
    const path = `${operationPath(id)}:input`;
    return this.#connection.call({ method: "POST", path, body: answer, signal });
  }

  /**
   * inputOf returns the input of an operation, any JSON, or undefined if it has none. It is available as long
   * as the operation is.
   */
  async inputOf(id: string, { signal }: CallOptions = {}): Promise<unknown> {
    const { input } = await this.#read<{ input?: unknown }>(`${operationPath(id)}/input`, signal);
    return input;
  }

  /**
   * attempts returns the last 20 attempts of an operation, oldest first: how each ended, what it logged and its
   * progress.
   */
  async attempts(id: string, { signal }: CallOptions = {}): Promise<readonly Attempt[]> {
    const path = `${operationPath(id)}/attempts`;
    const { attempts } = await this.#read<{ attempts: Attempt[] }>(path, signal);
    return attempts;
  }

  /**
   * logs yields the log lines of an operation's attempts, oldest first: the last 200 of each and, with `follow`,
   * every new line until the operation ends. It continues after errors that may pass, but lines that were logged
   * meanwhile and are no longer stored are missing.
   */
  logs(id: string, options: LogsOptions = {}): AsyncIterable<AttemptLine> {
    return logs(this.#connection, id, options);
  }

  /** deliveries returns the deliveries of an operation's webhook, past and to come. */
  async deliveries(id: string, { signal }: CallOptions = {}): Promise<readonly WebhookDelivery[]> {
    const path = `${operationPath(id)}/deliveries`;
    const { deliveries } = await this.#read<Deliveries>(path, signal);
    return deliveries;
  }

  /**
   * redeliver sends an operation's webhook again, even if it was delivered before, and returns the deliveries.
   * The target may receive it twice, with the same `webhook-id`.
   */
  async redeliver(id: string, { signal }: CallOptions = {}): Promise<readonly WebhookDelivery[]> {
    const path = `${operationPath(id)}:redeliver`;
    const call = { method: "POST", path, tries, signal } as const;
    const { deliveries } = await this.#connection.call<Deliveries>(call);
    return deliveries;
  }

  /**
   * ticket creates a ticket that can read this operation and nothing else. It is valid for `ttl`, from `1s` to
   * `24h` (default: `10m`), and never longer than the operation is kept.
   *
   * @throws RequestError as well with 503 `unavailable` if the service has no TICKET_SECRET
   */
  async ticket(id: string, { ttl, signal }: TicketOptions = {}): Promise<Ticket> {
    const path = `${operationPath(id)}:tickets`;
    const body = ticketBody(ttl);
    return this.#connection.call({ method: "POST", path, body, tries: 2, signal });
  }

  /**
   * result returns the result of an operation that succeeded, in its own media type, with its body unread: read
   * it, or cancel it. It is at most 8 MiB, or `MAX_RESULT` if the service stores large results in a bucket. The
   * result of a proxied request is the upstream's response, with its status. Treat it as untrusted content.
   *
   * @throws UnfinishedError, with the operation, while there is none; RequestError with 424
   *   `operation-failed` or `operation-canceled`, and the operation, if there will be none
   */
  async result(id: string, { signal }: CallOptions = {}): Promise<Response> {
    return openResult(this.#connection, { path: operationPath(id), tries, signal });
  }

  /**
   * pauseKind pauses a kind until resumeKind: no operation of it is started or claimed. Creates are accepted and
   * stay pending, up to their deadlines; running operations continue. It is safe to repeat. The token needs the
   * scope `admin`.
   *
   * @throws RequestError as well with `kind-not-found`
   */
  pauseKind(kind: string, options: CallOptions = {}): Promise<KindDescription> {
    return this.#changeKind(kind, { paused: true }, options);
  }

  /** resumeKind resumes a paused kind: waiting operations start in their order. */
  resumeKind(kind: string, options: CallOptions = {}): Promise<KindDescription> {
    return this.#changeKind(kind, { paused: false }, options);
  }

  #changeKind(kind: string, body: object, { signal }: CallOptions): Promise<KindDescription> {
    const path = `/kinds/${encodeURIComponent(kind)}`;
    return this.#connection.call({ method: "PATCH", path, body, tries, signal });
  }

  /** kinds lists the kinds of the service, by name. */
  async kinds({ signal }: CallOptions = {}): Promise<readonly KindDescription[]> {
    const { kinds } = await this.#read<{ kinds: KindDescription[] }>("/kinds", signal);
    return kinds;
  }

  /** version returns the version of edge-operations that the service runs, such as `0.1.0`. */
  async version({ signal }: CallOptions = {}): Promise<string> {
    const { info } = await this.#read<ApiDocument>("/openapi.json", signal);
    return info.version;
  }

  /** stats returns counts of the tenant's operations and requests, and how long they took. */
  async stats({ signal }: CallOptions = {}): Promise<Stats> {
    return this.#read("/stats", signal);
  }

  /**
   * trends returns how many operations began, ended, ran and waited, and how long requests took: over the last
   * 15 minutes in steps of 10 seconds, or the last 24 hours in steps of 5 minutes.
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
