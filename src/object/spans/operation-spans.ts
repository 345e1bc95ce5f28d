import type { Answer, Delivery } from "../../core/delivery.ts";
import { mayStartAt } from "../../core/operation/moments.ts";
import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import { isUnderWay, presentOf } from "../../core/operation/remember.ts";
import type { StepRecord } from "../../core/operation/step.ts";
import type { Snapshot } from "../../core/reply.ts";
import { tenantOf } from "../../core/shard.ts";
import type { Span } from "../../core/span.ts";
import type { Trace } from "../../core/trace.ts";
import type { SpanSurroundings, Spans, Trying } from "../../runner/traces.ts";
import { Exporter } from "./exporter.ts";
import { serverAttributes } from "./server-attributes.ts";
import { contextOf, newTraceId, type SpanContext, spanIdOf, within } from "./span-context.ts";
import type { SpanSettings } from "./span-settings.ts";

/** maxCode is the longest error code in a span, in characters. */
const maxCode = 128;

type Part = Pick<Span, "name" | "kind" | "start" | "end" | "error"> & {
  readonly attributes?: Span["attributes"];
};

/**
 * OperationSpans exports the spans of one object's operations. The span of a create belongs to the trace that came with
 * it, or begins one; waits, attempts and deliveries are its children, and steps those of their attempts. Span ids are
 * derived from the operation, so nothing is stored for them.
 */
export class OperationSpans implements Spans {
  readonly event = "spans";
  readonly #settings: SpanSettings;
  readonly #around: SpanSurroundings;
  readonly #exporter: Exporter;
  /** Creates whose rows may not be on disk yet. */
  #created: Operation[] = [];

  constructor(settings: SpanSettings, around: SpanSurroundings) {
    this.#settings = settings;
    this.#around = around;
    this.#exporter = new Exporter(settings, around);
  }

  begun(op: Operation): Operation {
    if (op.trace) return op;
    const traceId = newTraceId();
    if (!this.#settings.sampler.begins(traceId)) return op;
    return { ...op, trace: within({ traceId, spanId: "", isSampled: true }, createId(op)) };
  }

  traceOf({ id, attempt, trace }: Operation): Trace | undefined {
    const context = this.#contextOf(trace);
    return context ? within(context, attemptId(id, attempt)) : trace;
  }

  changed(before: Operation | undefined, { op }: Snapshot): () => void {
    return () => {
      if (!this.#contextOf(op.trace)) return;
      // An imported operation was created, and exported, in another deployment.
      if (!before && op.imported) return;
      if (!before) this.#create(op);
      else if (isUnderWay(before)) this.#attempted(before, op);
      else this.#waited(before, op);
    };
  }

  stepped(op: Operation, { name, attempt, startedAt, endedAt, tries, error }: StepRecord): void {
    if (endedAt === undefined) return;
    const parentId = attemptId(op.id, attempt);
    this.#add(op, spanIdOf(op.id, attempt, "step", name), parentId, {
      // Span names are to have few values: what follows a colon names one of many similar steps.
      name: `step ${name.split(":", 1)[0]}`,
      kind: "internal",
      start: startedAt,
      end: endedAt,
      error: error?.thrown ?? error?.code,
      attributes: {
        "edge_operations.attempt": attempt,
        "edge_operations.step.name": name,
        "edge_operations.step.tries": tries ?? 1,
      },
    });
  }

  trying({ id, url, trace, tries }: Delivery, now: number): Trying | undefined {
    const context = this.#contextOf(trace);
    if (!trace || !context) return undefined;
    const spanId = spanIdOf(id, "delivery", now);
    const server = serverAttributes(url);
    const ended = (answer: Answer) => {
      const status = "status" in answer ? answer.status : undefined;
      const isGood = status !== undefined && status < 300;
      this.#add({ id, trace }, spanId, createId({ id }), {
        name: "POST webhook",
        kind: "client",
        start: now,
        end: Date.now(),
        error: isGood ? undefined : String(status ?? "unreachable"),
        attributes: {
          "http.request.method": "POST",
          ...server,
          ...(tries.length > 0 && { "http.request.resend_count": tries.length }),
          ...(status !== undefined && { "http.response.status_code": status }),
        },
      });
    };
    return { trace: within(context, spanId), ended };
  }

  add(spans: readonly Span[]): void {
    const own = this.#common();
    this.#exporter.add(
      spans.map((span) => ({ ...span, attributes: { ...own, ...span.attributes } })),
    );
  }

  /** The span of a create ends when its row is on disk: one sync for all creates of a commit. */
  #create(op: Operation): void {
    this.#created.push(op);
    if (this.#created.length > 1) return;
    const add = () => {
      const end = Date.now();
      for (const made of this.#created.splice(0)) this.#made(made, end);
    };
    // If the write fails, the rows and the object are gone.
    this.#around.keepAwake(
      this.#around.sync().then(add, () => {
        this.#created = [];
      }),
    );
  }

  #made(op: Operation, end: number): void {
    const { trace, kind, createdAt: start } = op;
    const id = createId(op);
    const came = trace && contextOf(trace).spanId;
    const part = { name: `create ${kind}`, kind: "producer", start, end } as const;
    const attributes = {
      "messaging.operation.name": "create",
      "messaging.operation.type": "create",
    };
    this.#add(op, id, came === id ? undefined : came, { ...part, attributes }, true);
  }

  /** An attempt was in progress: its span is added if it has ended. */
  #attempted(before: Operation, op: Operation): void {
    const { id, kind, attempt } = before;
    if (isUnderWay(op) && op.attempt === attempt) return;
    const { startedAt: start, worker, isUndoing } = presentOf(before);
    const { outcome, error } = endOf(op, attempt);
    const isError = outcome === "failed" || outcome === "interrupted";
    this.#add(op, attemptId(id, attempt), createId({ id }), {
      name: `attempt ${kind}`,
      kind: "consumer",
      start,
      end: Math.max(start, op.updatedAt),
      error: isError ? (error ?? outcome) : undefined,
      attributes: {
        "messaging.operation.name": "attempt",
        "messaging.operation.type": "process",
        "edge_operations.attempt": attempt,
        "edge_operations.outcome": outcome,
        ...(worker !== undefined && { "messaging.client.id": worker }),
        ...(isUndoing && { "edge_operations.undoing": true }),
      },
    });
  }

  /** No attempt was in progress: one has started, or the operation has ended without one. */
  #waited(before: Operation, op: Operation): void {
    const hasEnded = isTerminal(op);
    if (!hasEnded && op.attempt === before.attempt) return;
    const attempt = before.attempt + 1;
    const end = op.updatedAt;
    const since = attempt === 1 ? mayStartAt(op) : (before.startAt ?? before.updatedAt);
    this.#add(op, spanIdOf(op.id, attempt, "wait"), createId(op), {
      name: `wait ${op.kind}`,
      kind: "internal",
      start: Math.min(since, end),
      end,
      error: op.status === "failed" ? op.error.code : undefined,
      attributes: {
        "edge_operations.attempt": attempt,
        ...(hasEnded && { "edge_operations.outcome": op.status }),
      },
    });
  }

  #add(
    op: Pick<Operation, "id" | "trace"> & Partial<Pick<Operation, "kind">>,
    spanId: string,
    parentId: string | undefined,
    { attributes, error, ...part }: Part,
    isParentRemote = false,
  ): void {
    const context = this.#contextOf(op.trace);
    if (!context) return;
    const { traceId, state } = context;
    const kind = op.kind !== undefined && { "messaging.destination.name": op.kind };
    const said = { "messaging.message.id": op.id, ...kind, ...attributes };
    const ids = { traceId, spanId, parentId, state };
    const code = error?.slice(0, maxCode);
    this.add([{ ...ids, isParentRemote, ...part, error: code, attributes: said }]);
  }

  /** The attributes of all spans. */
  #common(): Span["attributes"] {
    const name = this.#around.name();
    const tenant = name !== undefined && { "edge_operations.tenant": tenantOf(name) };
    return { "messaging.system": "edge_operations", ...tenant };
  }

  /** The context of a trace, if its spans are exported. */
  #contextOf(trace: Trace | undefined): SpanContext | undefined {
    if (!trace) return undefined;
    const context = contextOf(trace);
    return this.#settings.sampler.follows(context) ? context : undefined;
  }
}

/** How an attempt ended, with its error code. */
function endOf(op: Operation, attempt: number): { outcome: string; error?: string | undefined } {
  const past = op.history?.past?.at(-1);
  if (past?.attempt === attempt) return { outcome: past.outcome, error: past.error?.code };
  const error = op.error?.code;
  return error === "interrupted" ? { outcome: error } : { outcome: op.status, error };
}

function createId({ id }: Pick<Operation, "id">): string {
  return spanIdOf(id, "create");
}

/** attemptId returns the id of an attempt's span. */
function attemptId(id: string, attempt: number): string {
  return spanIdOf(id, attempt);
}
