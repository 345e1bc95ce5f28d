import { utf8Decoder } from "../../../base/utf8.ts";
import { maxOutput, maxResult } from "../../../core/limits.ts";
import type { MovedRow } from "../../../core/moving/moving.ts";
import { keptAttempts } from "../../../core/operation/history.ts";
import { maxSteps, maxStepsSize, maxStepValue } from "../../../core/operation/step.ts";
import { parse } from "../../../core/shape/parse.ts";
import type { Shape } from "../../../core/shape/shape.ts";
import { fieldErrors } from "../../../kinds/field-errors.ts";
import { jsonText, rowShapes } from "./shapes.ts";

/** Found is what a check of an operation's rows has found. */
export interface Found {
  /** The size of the chunks of each payload, in bytes; undefined if there are none. */
  readonly input: number | undefined;
  readonly result: number | undefined;
  readonly hasAttempts: boolean;
  readonly hasOutput: boolean;
  readonly hasDelivery: boolean;
}

/** The largest size of a row's bytes. */
const maxRow = 1024 * 1024;

/** The largest size of all texts in a row, in bytes: SQLite accepts no row of 2 MB. */
const maxRowText = 1_500_000;

const encoder = new TextEncoder();

/** RowsCheck checks the rows of one operation, as they arrive, against what this service would have written. */
export class RowsCheck {
  /** The id of the operation. */
  readonly id: string;
  #steps = 0;
  #stepsSize = 0;
  readonly #stepNames = new Set<string>();
  readonly #attempts = new Set<number>();
  #output = 0;
  #deliveries = 0;
  readonly #chunks: Record<"input" | "result", { parts: number; size: number; isShown: boolean }> =
    {
      input: { parts: 0, size: 0, isShown: false },
      result: { parts: 0, size: 0, isShown: false },
    };
  readonly #input: ArrayBuffer[] = [];

  constructor(id: string) {
    this.id = id;
  }

  /** add returns what is wrong with a row, or undefined. */
  add([table, ...values]: MovedRow): string | undefined {
    if (textSize(values) > maxRowText) return "has too much text in one row";
    switch (table) {
      case "chunks":
        return this.#chunk(values);
      case "steps":
        return this.#step(values);
      case "attempts":
        return this.#attempt(values);
      case "output":
        return this.#written(values);
      case "deliveries":
        this.#deliveries += 1;
        return this.#deliveries > 1
          ? "must have at most one delivery"
          : wrongDoc("deliveries", values[1]);
    }
  }

  /** input is the text of the input's chunks; undefined if there are none. */
  get input(): string | undefined {
    if (this.#input.length === 0) return undefined;
    const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
    const parts = this.#input.map((part) => decoder.decode(part, { stream: true }));
    return parts.join("") + decoder.decode();
  }

  get found(): Found {
    const { input, result } = this.#chunks;
    return {
      input: input.parts > 0 ? input.size : undefined,
      result: result.parts > 0 ? result.size : undefined,
      hasAttempts: this.#attempts.size > 0,
      hasOutput: this.#output > 0,
      hasDelivery: this.#deliveries > 0,
    };
  }

  #chunk([field, part, body]: readonly unknown[]): string | undefined {
    if (field !== "input" && field !== "result") return "field: must be input or result";
    if (!(body instanceof ArrayBuffer) || body.byteLength > maxRow)
      return "body: must be at most 1 MiB";
    const known = this.#chunks[field];
    if (part === -1 && field === "result" && known.parts === 0) {
      known.isShown = true;
      if (!isJson(body)) return "body: must be JSON";
    } else if (part !== known.parts || known.isShown) return "part: must be in order, from 0";
    known.parts += 1;
    known.size += body.byteLength;
    if (field === "input") this.#input.push(body);
    return known.size > 2 * maxResult ? "body: is too large in total" : undefined;
  }

  #step([name, seq, size, doc, value]: readonly unknown[]): string | undefined {
    if (typeof name !== "string" || this.#stepNames.has(name)) return "name: must appear once";
    if (!isCount(seq) || !isCount(size)) return "seq, size: must be whole numbers";
    if (this.#steps >= maxSteps) return `at most ${maxSteps} steps are allowed`;
    this.#stepNames.add(name);
    this.#steps += 1;
    if (value !== null) {
      const parsed = parse(jsonText(maxStepValue), value);
      if (!parsed.ok) return "value: must be JSON as a string, at most 1 MiB";
      this.#stepsSize += (value as string).length;
    }
    this.#stepsSize += typeof doc === "string" ? doc.length : 0;
    if (this.#stepsSize > 2 * maxStepsSize) return "steps are too large in total";
    const wrong = wrongDoc("steps", doc);
    if (wrong !== undefined) return wrong;
    const isNamed = (JSON.parse(doc as string) as { name: string }).name === name;
    return isNamed ? undefined : "doc.name: must be the name of the step";
  }

  #attempt([attempt, doc]: readonly unknown[]): string | undefined {
    if (!isCount(attempt) || this.#attempts.has(attempt)) return "attempt: must appear once";
    this.#attempts.add(attempt);
    if (this.#attempts.size > keptAttempts) return `at most ${keptAttempts} attempts are allowed`;
    return wrongDoc("attempts", doc);
  }

  #written([offset, attempt, body]: readonly unknown[]): string | undefined {
    if (offset !== this.#output || !isCount(attempt)) return "offset: must be in order, from 0";
    if (!(body instanceof ArrayBuffer) || body.byteLength > maxRow)
      return "body: must be at most 1 MiB";
    // Another row would have the same offset.
    if (body.byteLength === 0) return "body: must not be empty";
    this.#output += body.byteLength;
    return this.#output > maxOutput ? "has too much output" : undefined;
  }
}

function wrongDoc(table: keyof typeof rowShapes, doc: unknown): string | undefined {
  const parsed = parse<unknown>(
    rowShapes[table] as Shape,
    typeof doc === "string" ? JSON.parse(doc) : undefined,
  );
  if (parsed.ok) return undefined;
  const [first] = fieldErrors(parsed.failure, ["doc"]);
  return `${first?.path}: ${first?.message}`;
}

function textSize(values: readonly unknown[]): number {
  return values.reduce<number>((sum, value) => {
    if (typeof value !== "string") return sum;
    // A character has at most three bytes.
    const isSmall = value.length * 3 <= maxRowText / values.length;
    return sum + (isSmall ? value.length : encoder.encode(value).byteLength);
  }, 0);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isJson(body: ArrayBuffer): boolean {
  try {
    JSON.parse(utf8Decoder().decode(body));
    return true;
  } catch {
    return false;
  }
}
