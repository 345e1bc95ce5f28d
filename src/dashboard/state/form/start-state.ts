import { signal } from "@preact/signals";
import type { CreateRequest, KindDescription } from "../../../client/index.ts";
import { FormState } from "./form-state.ts";
import { readLabels, writeLabels } from "./label-lines.ts";

/** Options are the contents of the controls for durations, the webhook and other options of a create. */
export type Options = Readonly<
  Record<
    "deadline" | "ttl" | "startAfter" | "startAt" | "priority" | "webhook" | "attempts",
    string
  >
>;

/** Asked is the request of a form, or undefined while it has errors. */
export type Asked = CreateRequest | undefined;

/** StartState is the state of the form for a new operation. */
export class StartState {
  readonly kind: string;
  readonly input: FormState;
  readonly labels = signal("");
  readonly labelsWrong = signal<string | undefined>(undefined);
  readonly options = signal<Options>({
    deadline: "",
    ttl: "",
    startAfter: "",
    startAt: "",
    priority: "",
    webhook: "",
    attempts: "",
  });
  readonly #metadata: CreateRequest["metadata"];

  constructor({ kind, inputSchema }: KindDescription, given?: CreateRequest) {
    this.kind = kind;
    this.input = new FormState(inputSchema, given?.input);
    this.#metadata = given?.metadata;
    if (!given) return;
    const { deadline = "", ttl = "", startAfter = "", startAt = "", webhook = "", retry } = given;
    this.labels.value = writeLabels(given.labels ?? {});
    this.options.value = {
      deadline,
      ttl,
      startAfter,
      startAt,
      priority: given.priority === undefined ? "" : String(given.priority),
      webhook: typeof webhook === "string" ? webhook : webhook.url,
      attempts: retry?.maxAttempts === undefined ? "" : String(retry.maxAttempts),
    };
  }

  setOption(name: keyof Options, text: string): void {
    this.options.value = { ...this.options.value, [name]: text };
  }

  /** read returns the request, and marks errors if there are any. */
  read(): Asked {
    const labels = readLabels(this.labels.value);
    this.labelsWrong.value = labels.ok ? undefined : labels.failure;
    const input = this.input.read();
    return labels.ok && input.ok ? this.peek() : undefined;
  }

  /** peek returns the request without marking errors. */
  peek(): Asked {
    const input = this.input.peek();
    const labels = readLabels(this.labels.value);
    if (!input.ok || !labels.ok) return undefined;
    const { deadline, ttl, startAfter, startAt, priority, webhook, attempts } = this.options.value;
    return {
      kind: this.kind,
      ...(input.value !== undefined && { input: input.value }),
      ...(Object.keys(labels.value).length > 0 && { labels: labels.value }),
      ...(this.#metadata && { metadata: this.#metadata }),
      ...(deadline.trim() !== "" && { deadline: deadline.trim() }),
      ...(ttl.trim() !== "" && { ttl: ttl.trim() }),
      ...(startAfter.trim() !== "" && { startAfter: startAfter.trim() }),
      ...(startAt.trim() !== "" && { startAt: startAt.trim() }),
      ...(priority.trim() !== "" && { priority: Number(priority) }),
      ...(webhook.trim() !== "" && { webhook: webhook.trim() }),
      ...(attempts.trim() !== "" && { retry: { maxAttempts: Number(attempts) } }),
    };
  }
}
