import { formatDuration } from "../base/duration.ts";
import { maxWait } from "../core/limits.ts";
import type { TrendRange, Trends } from "../core/statistics/trends.ts";
import {
  type BatchCreateRequest,
  type BatchEntry,
  batchCreateBody,
  batchGetBody,
} from "./batch.ts";
import { type Call, Connection, type ConnectionOptions } from "./connection.ts";
import type {
  CreateManyEntry,
  CreateOptions,
  Rest,
  RunOptions,
  SendOptions,
} from "./create-options.ts";
import { type CreateRequest, keyOption } from "./create-request.ts";
import type { WebhookDelivery } from "./deliveries.ts";
import type { KindDescription, Stats } from "./discovery.ts";
import type { AnyKinds, InputOf, KindsTypes, NameOf, OutputOf } from "./kind-types.ts";
import { type ListPage, type ListQuery, listPath } from "./list-query.ts";
import { isFinished, type Operation, operationPath } from "./operation.ts";
import { type CallOptions, durationOption } from "./options.ts";
import { RequestError } from "./request-error.ts";
import { openResult, resultValue } from "./result.ts";
import { type Ticket, ticketBody } from "./ticket.ts";
import { type WaitOptions, waitFor } from "./watching/wait-for.ts";
import { WaitTimeoutError } from "./watching/wait-timeout-error.ts";
import { type WatchOptions, watch } from "./watching/watch.ts";
import { type Change, type WatchAllOptions, watchAll } from "./watching/watch-all.ts";
import { type WorkOptions, work } from "./worker/worker.ts";

/** TicketOptions say how long a ticket is to be good. */
export interface TicketOptions extends CallOptions {
  /** Go-style text. */
  readonly ttl?: string | undefined;
}

interface Deliveries {
  readonly deliveries: readonly WebhookDelivery[];
}

/** tries is how often a request is sent that may be sent again. */
const tries = 5;

/**
 * OperationsClient makes, reads, waits for and ends the operations of one tenant. It needs `fetch`
 * alone, and holds no connection open between its calls. With `typeof kinds` as its type argument, it
 * knows what each kind takes and gives.
 *
 * Every method rejects with
 * - RequestError where the service, or something before it, refuses: `code` and `status` say why
 *   (401 `unauthenticated`, 403 `forbidden`, 404 `operation-not-found` also for one that has
 *   expired or is another tenant's, 400 `validation-failed` with `errors`);
 * - UnreachableError where there is no answer, or none within 30 seconds;
 * - the reason of `signal` once that is aborted;
 * - RangeError or TypeError for arguments that cannot be, before any request.
 *
 * What meets trouble that can pass (no answer, 408, 425, 429, 500, 502, 503, 504) is sent up to
 * five times where that does no harm, 0.1 to 2 seconds apart or as `Retry-After` says; one that
 * asks for more than a minute ends the trying. No error holds the token.
 */
export class OperationsClient<Kinds extends KindsTypes = AnyKinds> {
  readonly #options: ConnectionOptions;
  readonly #connection: Connection;

  /** @throws TypeError for a `url` that is not http or https, or a `token` that no header can carry */
  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#connection = new Connection(options);
  }

  /**
   * create makes an operation of a kind and returns it: at once, or with `wait` as soon as it has
   * ended, or else as it stands when that time is up. One that failed or was canceled is returned too,
   * by its `status`. It is sent again on trouble that passes, and its key makes that one operation. A
   * request that is data already, kind and input in it, goes as it is.
   *
   * @throws RequestError as well with `kind-not-found`, `validation-failed`, `payload-too-large` (a
   *   request is at most 1 MiB where the service is not told otherwise), `idempotency-key-reused`,
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
    if (typeof what !== "string") return this.#make(what, (second ?? {}) as SendOptions);
    const { idempotencyKey, wait, signal, ...more } = third;
    return this.#make({ ...more, kind: what, input: second }, { idempotencyKey, wait, signal });
  }

  /**
   * run makes an operation of a kind, waits for its end and returns its result: what JSON makes of what
   * the work returned, or, where that is of another media type, the Response.
   *
   * @throws OperationError where it fails or is canceled; WaitTimeoutError when `timeout` is over,
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
    const made = await this.#make({ ...more, kind, input }, { idempotencyKey, wait, signal });
    const left =
      timeout === undefined ? {} : { timeout: formatDuration(Math.max(0, until - Date.now())) };
    const ended = isFinished(made)
      ? made
      : await waitFor(this.#connection, made.id, { ...left, signal });
    const value = await resultValue(this.#connection, ended, { tries, signal });
    return value as OutputOf<Kinds[Name]>;
  }

  /**
   * batchCreate makes up to 100 operations in one request, and answers each in its place: the
   * operation as `create` does without `wait`, or why it was refused, which hinders no other.
   */
  async batchCreate(
    requests: readonly BatchCreateRequest[],
    { signal }: CallOptions = {},
  ): Promise<readonly BatchEntry[]> {
    return this.#batch("Create", batchCreateBody(requests), signal);
  }

  /**
   * createMany is batchCreate for kinds that the client has been told of: up to 100 operations, each
   * made or refused by itself, returned in their order.
   */
  async createMany(
    entries: readonly CreateManyEntry<Kinds>[],
    options: CallOptions = {},
  ): Promise<readonly BatchEntry[]> {
    return this.batchCreate(entries, options);
  }

  /**
   * batchGet answers up to 100 operations as they stand, each in its place, or why there is none
   * (`operation-not-found`).
   */
  async batchGet(
    ids: readonly string[],
    { signal }: CallOptions = {},
  ): Promise<readonly BatchEntry[]> {
    return this.#batch("Get", batchGetBody(ids), signal);
  }

  /** get answers an operation as it stands. */
  async get(id: string, { signal }: CallOptions = {}): Promise<Operation> {
    return this.#read(operationPath(id), signal);
  }

  /**
   * list reads all operations that the query lets through, page by page as they are asked for:
   * newest first, unless `order` is `asc`. What is created meanwhile is in an `asc` list alone.
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
   * waitFor answers an operation once it has ended, however it has. It holds one request open, for
   * up to 55 seconds at a time, and goes on across trouble that can pass until `timeout`.
   *
   * @throws WaitTimeoutError when `timeout` is over, up to 5 seconds later where the service gives
   *   no answer; RequestError at once for one that is not there (or not any more)
   */
  async waitFor(id: string, options: WaitOptions = {}): Promise<Operation> {
    return waitFor(this.#connection, id, options);
  }

  /**
   * watch tells of an operation: as it stands (unless `after` is its version), then after each
   * change, and last of its end, after which the loop ends. Versions only grow; who reads slowly
   * is not told of every state between, but always of the end. A connection that is lost is made
   * again, for ever; one that says nothing for 45 seconds is lost. Leaving the loop closes it, and
   * so does `signal`.
   *
   * @throws RequestError from the loop for one that is not there (or not any more)
   */
  watch(id: string, options: WatchOptions = {}): AsyncIterable<Operation> {
    return watch(this.#connection, id, options);
  }

  /**
   * watchAll tells of every change of every operation that the filter lets through, until the loop
   * is left or `signal` aborted. It is told as `watch` is, and resumes by itself; with the
   * `position` of the last change as `after`, a later watch goes on there, for as long as what has
   * changed since is kept. An operation that is deleted or expires is not told of.
   *
   * Without `after` it begins with the unfinished operations, at most 1,000 from each shard, those
   * that changed last. So for a table that shows the finished ones too, begin to watch, list once
   * `onConnection` has told `connected`, and keep of each id the operation with the higher
   * `version`: nothing is then missed between the two.
   */
  watchAll(options: WatchAllOptions = {}): AsyncIterable<Change> {
    return watchAll(this.#connection, options);
  }

  /**
   * cancel asks for the end of an operation, and answers it as it stands: one that has not started
   * has ended then, one that runs has `cancelRequestedAt` and may end in any way, and one that has
   * ended is left alone. It may be asked any number of times.
   */
  async cancel(id: string, { signal }: CallOptions = {}): Promise<Operation> {
    const path = `${operationPath(id)}:cancel`;
    return this.#connection.call({ method: "POST", path, tries, signal });
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
      // The try before was taken, and only its answer was lost.
      if (!isAgain || !isGone) throw thrown;
    }
  }

  /**
   * input answers what an operation asks that is `input_required`, with JSON that fits
   * `inputRequest.schema` (at most 16,384 characters), and answers the operation as it stands then.
   * It is sent once: an answer that is sent again could go to the next question. So after trouble,
   * look at the operation first.
   *
   * @throws RequestError as well with 409 `input-not-required` or `already-terminal`, and 400
   *   `validation-failed` for an answer that does not fit
   */
  async input(id: string, answer: unknown, { signal }: CallOptions = {}): Promise<Operation> {
    // JSON.stringify answers no text for it, and a request without a body is something else.
    if (answer === undefined) throw new TypeError("Cannot answer undefined: want JSON");
    const path = `${operationPath(id)}:input`;
    return this.#connection.call({ method: "POST", path, body: answer, signal });
  }

  /**
   * inputOf answers what an operation was made with, any JSON; undefined where that is nothing. A
   * finished operation has it too, for as long as it is kept.
   */
  async inputOf(id: string, { signal }: CallOptions = {}): Promise<unknown> {
    const { input } = await this.#read<{ input?: unknown }>(`${operationPath(id)}/input`, signal);
    return input;
  }

  /** deliveries tells how an operation's webhook was told of its end, or is being told. */
  async deliveries(id: string, { signal }: CallOptions = {}): Promise<readonly WebhookDelivery[]> {
    const path = `${operationPath(id)}/deliveries`;
    const { deliveries } = await this.#read<Deliveries>(path, signal);
    return deliveries;
  }

  /**
   * redeliver tells an operation's webhook again, whatever came of it before, and answers the
   * deliveries as they stand then. It may be told twice, with the same `webhook-id`.
   */
  async redeliver(id: string, { signal }: CallOptions = {}): Promise<readonly WebhookDelivery[]> {
    const path = `${operationPath(id)}:redeliver`;
    const call = { method: "POST", path, tries, signal } as const;
    const { deliveries } = await this.#connection.call<Deliveries>(call);
    return deliveries;
  }

  /**
   * ticket makes a ticket that reads this operation alone, for `ttl`: from `1s` to `24h`, `10m` by
   * default, and never longer than there is something to read.
   *
   * @throws RequestError as well with 503 `unavailable` where the service has no TICKET_SECRET
   */
  async ticket(id: string, { ttl, signal }: TicketOptions = {}): Promise<Ticket> {
    const path = `${operationPath(id)}:tickets`;
    const body = ticketBody(ttl);
    return this.#connection.call({ method: "POST", path, body, tries: 2, signal });
  }

  /**
   * result answers the result of an operation that succeeded, in its own media type, its body (at
   * most 8 MiB) unread: read it, or cancel it. The result of a request that the service made is its
   * upstream's answer, with the status that that had. It is the work of others: no page should show
   * it as its own.
   *
   * @throws UnfinishedError, with the operation, while there is none; RequestError with 424
   *   `operation-failed` or `operation-canceled`, and the operation, where there will be none
   */
  async result(id: string, { signal }: CallOptions = {}): Promise<Response> {
    return openResult(this.#connection, { path: operationPath(id), tries, signal });
  }

  /** kinds lists what the service can do, by name. */
  async kinds({ signal }: CallOptions = {}): Promise<readonly KindDescription[]> {
    const { kinds } = await this.#read<{ kinds: KindDescription[] }>("/kinds", signal);
    return kinds;
  }

  /** stats counts the tenant's operations and requests. */
  async stats({ signal }: CallOptions = {}): Promise<Stats> {
    return this.#read("/stats", signal);
  }

  /**
   * trends counts what began, ended, ran and waited, and what requests took, over the last 15 minutes
   * in steps of ten seconds, or the last 24 hours in steps of five minutes.
   */
  async trends(range: TrendRange, { signal }: CallOptions = {}): Promise<Trends> {
    return this.#read(`/trends?range=${encodeURIComponent(range)}`, signal);
  }

  /**
   * work claims operations of some kinds and runs them until `signal` is aborted; see `work`. The
   * token needs the scope `work`.
   */
  async work(options: Omit<WorkOptions, keyof ConnectionOptions>): Promise<void> {
    return work({ ...options, ...this.#options });
  }

  async #make(
    request: CreateRequest,
    { idempotencyKey, wait, signal }: SendOptions,
  ): Promise<Operation> {
    const length = wait === undefined ? 0 : durationOption("wait", wait);
    const until = Date.now() + length;
    const held = Math.min(length, maxWait);
    const query = length === 0 ? "" : `?sync=true&timeout=${formatDuration(held)}`;
    const made = await this.#create({
      method: "POST",
      path: `/operations${query}`,
      headers: { "idempotency-key": keyOption(idempotencyKey) },
      body: request,
      timeout: 30_000 + held,
      tries,
      signal,
    });
    const left = until - Date.now();
    if (isFinished(made) || left <= 0) return made;
    try {
      return await waitFor(this.#connection, made.id, { timeout: formatDuration(left), signal });
    } catch (thrown) {
      signal?.throwIfAborted();
      // It is made, whatever becomes of the wait.
      return (thrown instanceof WaitTimeoutError && thrown.operation) || made;
    }
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

  async #create(call: Call): Promise<Operation> {
    try {
      return await this.#connection.call<Operation>(call);
    } catch (thrown) {
      // So the service answers one that ended in time without a result.
      const operation = thrown instanceof RequestError ? thrown.operation : undefined;
      if (!operation) throw thrown;
      return operation;
    }
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
