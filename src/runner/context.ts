import { aborted } from "../base/aborted.ts";
import type { Logger } from "../base/log.ts";
import { PacedWriter } from "../base/streams/paced-writer.ts";
import type { TenantOperations } from "../client/tenant-operations.ts";
import type { Config } from "../config/config.ts";
import type { DocumentWrite } from "../core/document.ts";
import type { Failure } from "../core/errors.ts";
import { maxOutput } from "../core/limits.ts";
import type { InputRequest, OperationError, Uploaded } from "../core/operation/operation.ts";
import type { StepFailure, StepRecord } from "../core/operation/step.ts";
import { tenantOf } from "../core/shard.ts";
import { type TraceHeaders, traceHeaders } from "../core/trace.ts";
import type { OutputWrite } from "../core/work.ts";
import type { BeginCall } from "../kinds/calls.ts";
import { type OperationContext, OperationFailure } from "../kinds/kind.ts";
import { Postponed } from "../kinds/postponed.ts";
import type { OutputType, Schema } from "../kinds/schema.ts";
import type { Interrupted, StepOptions, StepRun } from "../kinds/steps.ts";
import type { AttemptReports, StepReply, StopReason, Task } from "./attempt.ts";
import type { Deployment } from "./deployment.ts";
import { LogReports } from "./log-reports.ts";
import { type Ended, superseded } from "./outcome.ts";
import { ProgressReports } from "./progress-reports.ts";
import { Questions } from "./questions.ts";
import type { ResultRoom } from "./result-room.ts";
import { type Host, Steps } from "./steps/steps.ts";
import { Undoing } from "./steps/undoing.ts";
import type { Parked } from "./steps/waits.ts";
import type { Calls } from "./traces.ts";
import { keyOf } from "./work-key.ts";

/** Context is the OperationContext of one attempt. It calls the object only for what the work uses. */
export class Context implements OperationContext, Host {
  readonly id: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly env: Cloudflare.Env;
  readonly config: Config;
  readonly log: Logger;
  /** The lines that the work logs, on their way to the object. */
  readonly lines: LogReports;
  /** Records its outgoing requests, if spans are exported. */
  readonly calls: Calls | undefined;
  readonly beginCall: BeginCall | undefined;
  readonly #task: Task;
  readonly #deployment: Deployment;
  readonly #reports: ProgressReports;
  readonly #questions: Questions;
  readonly #steps: Steps;
  /** Set if the attempt is only to undo steps. */
  readonly undoing: Undoing | undefined;
  readonly #left = Promise.withResolvers<Ended>();
  /** How much output earlier attempts have stored, in bytes. */
  readonly #written: number;
  #isWritten: boolean;
  #output: PacedWriter | undefined;
  #abort: AbortController | undefined;
  /** Set once the work has been told to stop. */
  stopReason: StopReason | undefined;

  constructor(
    task: Task,
    deployment: Deployment,
    env: Cloudflare.Env,
    config: Config,
    log: Logger,
  ) {
    this.id = task.id;
    this.attempt = task.attempt;
    this.idempotencyKey = keyOf(task, deployment, config);
    this.env = env;
    this.config = config;
    this.lines = new LogReports((lines) => this.#object().logged(task.id, task.attempt, lines));
    this.log = log.tapped((level, message, fields) => this.lines.take(level, message, fields));
    this.#task = task;
    this.calls = deployment.tracingOf(env)?.calls(task);
    this.beginCall = this.calls?.begin;
    this.#written = task.written ?? 0;
    this.#isWritten = this.#written > 0;
    this.#deployment = deployment;
    this.#reports = new ProgressReports((percent, message) =>
      this.#object().progress(task.id, task.attempt, percent, message),
    );
    const send = async (index: number, request: InputRequest) => {
      const { signal } = this;
      const asked = this.#object().ask(task.id, task.attempt, index, request);
      const answer = await this.#steps.waitFor(asked, request.name === undefined);
      // The work then fails with the reason of its signal, which comes by another call.
      if (answer.type === "over") await aborted(signal);
      return answer.type === "answer" ? answer.text : "null";
    };
    this.#questions = new Questions(send, task.steps, (turn) => this.#steps.turn(turn));
    this.undoing = task.undoing && new Undoing(this, task.undoing, task.steps ?? []);
    this.#steps = new Steps(this, task.steps, this.undoing);
  }

  /** left resolves with how the attempt has ended, if it ends before its work does. */
  get left(): Promise<Ended> {
    return this.#left.promise;
  }

  get tenant(): string {
    const { name } = this.#task;
    if (name !== undefined) return tenantOf(name);
    throw new Error(
      "Cannot tell the tenant of this operation: the runtime gave the object no name",
    );
  }

  get operations(): TenantOperations {
    return this.#deployment.operationsOf(this.env, this.tenant, this.trace);
  }

  get trace(): TraceHeaders {
    return traceHeaders(this.#task.trace);
  }

  get signal(): AbortSignal {
    return this.listen();
  }

  listen(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      void this.#listen(this.#abort);
    }
    return this.#abort.signal;
  }

  get upload(): (() => Promise<ReadableStream<Uint8Array>>) | undefined {
    const { upload } = this.#task;
    return upload && (() => this.#open(upload));
  }

  /** room returns where its result is stored. */
  room(): ResultRoom {
    const found = this.#deployment.bucketOf(this.env);
    const bucket = found?.large.attempt(found.bucket, {
      ...this.#task,
      maxResult: this.config.maxResult,
      object: () => this.#object(),
      aborted: () => aborted(this.signal),
    });
    const { maxResult } = this.config;
    return { maxResult, bucket, started: this.#abort?.signal, listen: () => this.listen() };
  }

  progress(percent: number | undefined, message?: string): Promise<void> {
    if (this.undoing) return Promise.resolve();
    return this.#reports.report(percent, message);
  }

  get isRepeated(): boolean {
    return this.#task.isRepeated === true;
  }

  get interrupted(): Interrupted | undefined {
    return this.#task.interrupted;
  }

  ask<S extends Schema>(name: string, schema: S, prompt?: string): Promise<OutputType<S>>;
  ask<S extends Schema>(schema: S, prompt?: string): Promise<OutputType<S>>;
  ask<S extends Schema>(
    ...asked: Named<S> | [schema: S, prompt?: string | undefined]
  ): Promise<OutputType<S>> {
    if (!isNamed(asked)) return this.#questions.ask(...asked);
    const [name, schema, prompt] = asked;
    const ask = (answer?: string) => this.#questions.ask(schema, prompt, { name, answer });
    return this.#steps.ask(name, (known) => ask(known?.value));
  }

  sleep(name: string, duration: string | number | Date): Promise<void> {
    return this.#steps.sleep(name, duration);
  }

  park(parked: Parked): void {
    const error = { code: "interrupted", message: "The attempt has parked" };
    this.#left.resolve({ outcome: { type: "failed", error, retryable: true }, parked });
  }

  step<T>(
    name: string,
    run: (step: StepRun) => T | Promise<T>,
    options?: StepOptions<NoInfer<T>>,
  ): Promise<T> {
    return this.#steps.step(name, run, options);
  }

  /** undo undoes the steps, and resolves with how that ended. The operation already knows why it ends. */
  async undo(work: Promise<unknown>): Promise<Ended> {
    const ended = await this.undoing?.undo(work);
    if (ended) return ended;
    this.lose();
    return this.left;
  }

  undone(name: string, error?: StepFailure): Promise<StepReply> {
    return this.#object().undone(this.id, this.attempt, name, error);
  }

  /** settle is called when the work has returned: what it has left open no longer makes it park. */
  settle(): undefined {
    this.#steps.close();
  }

  /** ended resolves once the undoable steps of failed work have ended. */
  ended(): Promise<void> {
    return this.#steps.ended();
  }

  async store(record: StepRecord): Promise<StepReply> {
    let sent = record;
    if (this.#output) {
      try {
        sent = { ...record, outputOffset: await this.#output.stored() };
      } catch (error) {
        // A temporary problem: the step is stored again, or by another attempt.
        if (!(error instanceof OperationFailure) || error.retryable) throw error;
        return { type: "refused", code: error.code, message: error.message };
      }
    }
    return this.#object().step(this.id, this.attempt, sent);
  }

  reached(output: number): void {
    if (output >= this.#written) this.#isWritten = false;
  }

  stop(reason: StopReason): void {
    this.stopReason = reason;
    if (reason === "over") this.#left.resolve(superseded);
  }

  fail({ code, message }: OperationError): void {
    this.#left.resolve({
      outcome: { type: "failed", error: { code, message }, retryable: false },
    });
  }

  lose(): void {
    const cutOff = `Attempt ${this.attempt} could not store a step`;
    const error = { code: "interrupted", message: cutOff };
    this.#left.resolve({ outcome: { type: "failed", error, retryable: true }, cutOff });
  }

  write(chunk: string | Uint8Array): Promise<void> {
    // Output that comes before the last stored step has been written by an earlier attempt.
    if (this.#isWritten || this.undoing) return Promise.resolve();
    this.#output ??= new PacedWriter({
      send: (offset, bytes) =>
        this.#store({ attempt: this.attempt, isExternal: false, offset, bytes }),
      offset: this.#written,
      limit: maxOutput,
      tooLarge,
      notStored: () => new OperationFailure("output_not_stored", "The output could not be stored"),
    });
    return this.#output.write(chunk);
  }

  /** stored resolves once everything written is stored, with the size of the output. */
  async stored(): Promise<number> {
    return this.#output?.stored() ?? this.#written;
  }

  async writeDocument(write: DocumentWrite): Promise<Failure | undefined> {
    if (this.undoing) return new Promise(() => {});
    // It ends the operation.
    await this.stored();
    return this.#object().commitDocument(this.#task.id, this.#task.attempt, write);
  }

  async close(): Promise<void> {
    this.#steps.close();
    await this.#reports.settled();
    // A failure has been reported already, or does not matter beside what the work has thrown.
    await this.stored().catch(() => {});
  }

  /** Throws what the work is to fail with, if its output is refused. */
  async #store(write: OutputWrite): Promise<unknown> {
    const { error } = await this.#object().writeOutput(this.id, write);
    if (error?.code === "payload-too-large") return tooLarge();
    // What the work is told then is what its signal says; that comes by another call.
    return error && aborted(this.signal).catch((reason) => reason);
  }

  async #open(upload: Uploaded): Promise<ReadableStream<Uint8Array>> {
    const found = this.#deployment.bucketOf(this.env);
    if (!found) throw new Postponed("This Worker has no bucket for large bodies (RESULTS)");
    const stream = await found.large.open(found.bucket, upload);
    if (stream) return stream;
    const message = "The body of the request is not in the bucket";
    throw new OperationFailure("upload_not_found", message, { retryable: false });
  }

  async #listen(abort: AbortController): Promise<void> {
    try {
      this.stopReason = await this.#object().stopped(this.#task.id, this.#task.attempt);
    } catch {
      // The object is gone, and with it the only taker of this attempt's outcome.
      this.stopReason = "over";
    }
    const name = this.stopReason === "canceled" ? "AbortError" : "TimeoutError";
    abort.abort(new DOMException(`The attempt is ${this.stopReason}`, name));
  }

  #object(): AttemptReports {
    const { object, name } = this.#task;
    // By its name if it has one: an object that is woken without it does not learn it.
    const namespace = this.#deployment.namespaceIn(this.env, this.config.jurisdiction);
    const named = name === undefined ? undefined : namespace.idFromName(name);
    if (named?.toString() === object) return namespace.get(named) as unknown as AttemptReports;
    // Where JURISDICTION has changed, its name means another object now.
    const all = this.#deployment.namespaceOf(this.env);
    return all.get(all.idFromString(object)) as unknown as AttemptReports;
  }
}

function tooLarge(): OperationFailure {
  const message = `The output is larger than ${maxOutput} bytes`;
  return new OperationFailure("output_too_large", message, { retryable: false });
}

type Named<S> = [name: string, schema: S, prompt?: string | undefined];

function isNamed<S>(asked: readonly unknown[]): asked is Named<S> {
  return typeof asked[0] === "string";
}
