import { env } from "cloudflare:workers";
import { type Level, Logger } from "../../src/base/log.ts";
import { quiet } from "../../src/base/verbosity.ts";
import type { OperationsClient } from "../../src/client/index.ts";
import { type Config, parseConfig } from "../../src/config/config.ts";
import { parseUpstreams } from "../../src/config/upstreams.ts";
import type { DocumentWrite } from "../../src/core/document.ts";
import type { Failure } from "../../src/core/errors.ts";
import type { TraceHeaders } from "../../src/core/trace.ts";
import type { OperationContext } from "../../src/kinds/kind.ts";
import { check, type OutputType, type Schema } from "../../src/kinds/schema.ts";
import type { StepRun } from "../../src/kinds/steps.ts";

/** configOf answers the configuration that these variables make. */
export function configOf(variables: Readonly<Record<string, string>> = {}): Config {
  const parsed = parseConfig(variables, [], parseUpstreams);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.failure));
  return parsed.value;
}

/** FakeContext is an OperationContext that remembers what the work says of itself. */
export class FakeContext implements OperationContext {
  readonly id = "0".repeat(30);
  attempt = 1;
  readonly idempotencyKey = "a key";
  readonly tenant = "default";
  trace: TraceHeaders = {};
  readonly env = env;
  readonly config: Config;
  readonly log: Logger;
  /** Reports of progress, in order. */
  readonly reports: (readonly [number | undefined, string | undefined])[] = [];
  /** Lines written to the log, parsed. */
  readonly lines: { readonly level: Level; readonly [field: string]: unknown }[] = [];
  /** What is answered to each question, in order. */
  readonly answers: unknown[] = [];
  /** What was asked. */
  readonly prompts: (string | undefined)[] = [];
  /** What was written, as text. */
  output = "";
  /** Documents that were written, in order. */
  readonly writes: DocumentWrite[] = [];
  /** Why no document can be written. */
  refusal: Failure | undefined;
  /** Called after each report. */
  onReport: (() => void) | undefined;
  readonly #abort = new AbortController();

  get operations(): OperationsClient {
    throw new Error("The work asks for other operations");
  }

  constructor(config: Config = configOf()) {
    this.config = config;
    this.log = new Logger("test", quiet, {}, (_, line) => this.lines.push(JSON.parse(line)));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** abort tells the work to stop. */
  abort(reason: Error): void {
    this.#abort.abort(reason);
  }

  async progress(percent: number | undefined, message?: string): Promise<void> {
    this.reports.push([percent, message]);
    this.onReport?.();
  }

  async write(chunk: string | Uint8Array): Promise<void> {
    this.output += typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
  }

  ask<S extends Schema>(name: string, schema: S, prompt?: string): Promise<OutputType<S>>;
  ask<S extends Schema>(schema: S, prompt?: string): Promise<OutputType<S>>;
  async ask<S extends Schema>(
    ...asked: [string, S, (string | undefined)?] | [S, (string | undefined)?]
  ) {
    const [schema, prompt] = (typeof asked[0] === "string" ? asked.slice(1) : asked) as [
      S,
      string?,
    ];
    this.prompts.push(prompt);
    const checked = await check(schema, this.answers.shift());
    if (checked.issues) throw new TypeError(checked.issues[0]?.message);
    return checked.value;
  }

  readonly interrupted = undefined;

  /** Whether all attempts before it were postponed. */
  isFirst = false;

  get isRepeated(): boolean {
    return this.attempt > 1 && !this.isFirst;
  }

  async sleep(): Promise<void> {}

  async step<T>(name: string, run: (step: StepRun) => T | Promise<T>): Promise<T> {
    return run({ attempt: 1, idempotencyKey: `a key/${name}`, signal: this.signal });
  }

  async writeDocument(write: DocumentWrite): Promise<Failure | undefined> {
    this.writes.push(write);
    return this.refusal;
  }
}

/** refusals are where a kind's schema refuses an input. */
export async function refusals(
  kind: { readonly input: Schema },
  input: unknown,
): Promise<string[]> {
  const checked = await check(kind.input, input);
  return (checked.issues ?? []).map(({ path = [] }) =>
    path.map((key) => String(typeof key === "object" ? key.key : key)).join("."),
  );
}

/** given is an input as a kind's schema gives it to the work. */
export async function given(kind: { readonly input: Schema }, input: unknown): Promise<unknown> {
  const checked = await check(kind.input, input);
  if (checked.issues) throw new TypeError(checked.issues[0]?.message);
  return checked.value;
}
