import type { Span } from "../../core/span.ts";
import { traceHeaders } from "../../core/trace.ts";
import type { Call, CallTarget } from "../../kinds/calls.ts";
import type { Task } from "../../runner/attempt.ts";
import type { Calls } from "../../runner/traces.ts";
import { serverAttributes } from "./server-attributes.ts";
import { type SpanContext, spanIdOf, within } from "./span-context.ts";

/** AttemptCalls are the spans of an attempt's calls, children of the attempt's span. */
export class AttemptCalls implements Calls {
  readonly ended: Span[] = [];
  readonly #task: Pick<Task, "id" | "kind" | "attempt">;
  readonly #context: SpanContext;
  #begun = 0;

  /** @param task its trace is that of its attempt */
  constructor(task: Pick<Task, "id" | "kind" | "attempt">, context: SpanContext) {
    this.#task = task;
    this.#context = context;
  }

  readonly begin = ({ method, name, url }: CallTarget): Call => {
    const { id, kind, attempt } = this.#task;
    const { traceId, spanId: parentId, state } = this.#context;
    const spanId = spanIdOf(id, attempt, "call", this.#begun++);
    const start = Date.now();
    const server = serverAttributes(url);
    let isOver = false;
    const ended = (outcome: number | string) => {
      if (isOver) return;
      isOver = true;
      const isError = typeof outcome === "string" || outcome >= 400;
      this.ended.push({
        ...{ traceId, spanId, parentId, state, start, end: Date.now() },
        name: `${method} ${name}`,
        kind: "client",
        ...(isError && { error: String(outcome) }),
        attributes: {
          "messaging.message.id": id,
          "messaging.destination.name": kind,
          "edge_operations.attempt": attempt,
          "edge_operations.upstream": name,
          "http.request.method": method,
          ...server,
          ...(typeof outcome === "number" && { "http.response.status_code": outcome }),
        },
      });
    };
    return { trace: traceHeaders(within(this.#context, spanId)), ended };
  };
}
