import { readStored } from "../base/json.ts";
import { maxAnswer, maxAnswers } from "../core/limits.ts";
import type { InputRequest } from "../core/operation/operation.ts";
import type { StepRecord } from "../core/operation/step.ts";
import { OperationFailure } from "../kinds/kind.ts";
import {
  check,
  jsonSchemaOf,
  type OutputType,
  type Schema,
  type SchemaIssue,
} from "../kinds/schema.ts";

/**
 * Questions are the questions of one attempt. They are asked one at a time and numbered in that order, so that a later
 * attempt gets the stored answers. If the schema rejects an answer, the question is asked again under a number of its
 * own. Named questions take their number when they are asked; the others are numbered around the stored ones.
 */
export class Questions {
  readonly #send: (index: number, request: InputRequest) => Promise<string>;
  readonly #taken: ReadonlySet<number>;
  readonly #waitFor: (turn: Promise<unknown>) => Promise<unknown>;
  #next = 0;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param send resolves with the answer to a question as JSON text; it rejects when the attempt should stop
   * @param waitFor waits for the turn of a named question
   */
  constructor(
    send: (index: number, request: InputRequest) => Promise<string>,
    stored: readonly StepRecord[] = [],
    waitFor = (turn: Promise<unknown>) => turn,
  ) {
    this.#send = send;
    this.#waitFor = waitFor;
    this.#taken = new Set(stored.flatMap(({ indexes = [] }) => indexes));
  }

  /**
   * ask resolves with an answer as the schema outputs it.
   *
   * @param named the name of the question, if it has one, and its stored answer
   */
  async ask<S extends Schema>(
    schema: S,
    prompt?: string | undefined,
    named?: { readonly name: string; readonly answer?: string | undefined },
  ): Promise<OutputType<S>> {
    const question: Question<S> = { schema, prompt, message: prompt, name: named?.name };
    if (named?.answer !== undefined) {
      const parsed = await check(schema, readStored<unknown>(named.answer));
      if (!parsed.issues) return parsed.value;
      question.message = refused(question, parsed.issues);
    }
    const last = this.#last;
    const turn = named ? this.#waitFor(last) : last;
    const answer = turn.then(() => this.#ask(question));
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #ask<S extends Schema>(question: Question<S>): Promise<OutputType<S>> {
    const { schema, name } = question;
    const text = JSON.stringify(jsonSchemaOf(schema, "input") ?? {});
    if (text.length > maxAnswer) throw new TypeError("The schema of the question is too large");
    for (let index = this.#number(); index < maxAnswers; index = this.#number()) {
      const { message } = question;
      const answer = await this.#send(index, {
        schema: text,
        ...(message !== undefined && { message: message.slice(0, 2_048) }),
        ...(name !== undefined && { name }),
      });
      const parsed = await check(schema, readStored<unknown>(answer));
      if (!parsed.issues) return parsed.value;
      question.message = refused(question, parsed.issues);
    }
    const why = `The work asked more than ${maxAnswers} questions`;
    throw new OperationFailure("too_many_questions", why, { retryable: false });
  }

  /** The number of the next question. */
  #number(): number {
    while (this.#taken.has(this.#next)) this.#next += 1;
    return this.#next++;
  }
}

interface Question<S extends Schema> {
  readonly schema: S;
  readonly prompt: string | undefined;
  readonly name: string | undefined;
  /** The prompt, and what was wrong with the previous answer. */
  message: string | undefined;
}

function refused<S extends Schema>(
  { prompt }: Question<S>,
  issues: readonly SchemaIssue[],
): string {
  const why = issues[0]?.message ?? "it is not valid";
  return `${prompt ?? "Input is required"} (the previous answer was rejected: ${why})`;
}
