import { maxAnswer, maxAnswers } from "../core/limits.ts";
import type { InputRequest } from "../core/operation/operation.ts";
import { OperationFailure } from "../kinds/kind.ts";
import { check, jsonSchemaOf, type OutputType, type Schema } from "../kinds/schema.ts";

/**
 * Questions are what one attempt asks, one at a time and numbered in the order asked, so that an
 * attempt that begins again is answered from what is stored. An answer that the schema refuses is
 * asked for again, as a question of its own.
 */
export class Questions {
  readonly #send: (index: number, request: InputRequest) => Promise<string>;
  #next = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @param send answers a question as JSON text once somebody has; it rejects when the attempt should stop */
  constructor(send: (index: number, request: InputRequest) => Promise<string>) {
    this.#send = send;
  }

  /** ask resolves with an answer as the schema gives it. */
  ask<S extends Schema>(schema: S, prompt?: string): Promise<OutputType<S>> {
    const answer = this.#last.then(
      () => this.#ask(schema, prompt),
      () => this.#ask(schema, prompt),
    );
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #ask<S extends Schema>(schema: S, prompt: string | undefined): Promise<OutputType<S>> {
    const text = JSON.stringify(jsonSchemaOf(schema, "input") ?? {});
    if (text.length > maxAnswer) throw new TypeError("The schema of the question is too large");
    let message = prompt;
    while (this.#next < maxAnswers) {
      const index = this.#next++;
      const shown = message === undefined ? {} : { message: message.slice(0, 2_048) };
      const answer = await this.#send(index, { schema: text, ...shown });
      const parsed = await check(schema, JSON.parse(answer));
      if (!parsed.issues) return parsed.value;
      const why = parsed.issues[0]?.message ?? "it is not valid";
      message = `${prompt ?? "Input is required"} (the answer before was refused: ${why})`;
    }
    const why = `The work asked more than ${maxAnswers} questions`;
    throw new OperationFailure("too_many_questions", why, { retryable: false });
  }
}
