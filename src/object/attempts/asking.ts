import { failure, notFound } from "../../core/errors.ts";
import type { Event } from "../../core/operation/event.ts";
import type { InputRequest, Operation } from "../../core/operation/operation.ts";
import { isTerminal } from "../../core/operation/operation.ts";
import type { Reply, Snapshot } from "../../core/reply.ts";
import type { Answer } from "../../runner/attempt.ts";
import type { Store } from "../storage/store.ts";
import type { Attempts } from "./attempts.ts";

type Asked = Answer | { readonly type: "wait"; readonly over: Promise<void> };

/** answered resolves with the answer to a question; it asks again whenever that may help. */
export async function answered(ask: () => Promise<Asked>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (answer.type !== "wait") return answer;
    await answer.over;
  }
}

/** Surroundings are what Asking needs of the object. */
export interface Surroundings {
  readonly store: Store;
  readonly attempts: Attempts;
  send(id: string, event: Event): Reply<Snapshot>;
}

/** Asking handles the questions of attempts, and their answers. */
export class Asking {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /**
   * ask returns the answer if there is one; otherwise `over` resolves when to ask again. An attempt that is not running
   * here is over: it would never receive an answer.
   */
  ask(id: string, attempt: number, index: number, request: InputRequest): Asked {
    if (!this.#around.attempts.isAlive(id, attempt)) return { type: "over" };
    const known = this.#get(id)?.answers?.[index];
    if (known !== undefined) return { type: "answer", text: known };
    const reply = this.#around.send(id, { type: "ask", attempt, index, request });
    if (reply.error) return { type: "over" };
    const { op } = reply;
    const isWaiting = op.status === "input_required" && op.attempt === attempt && !op.isParked;
    if (!isWaiting || op.cancelRequestedAt !== undefined) return { type: "over" };
    return { type: "wait", over: this.#around.attempts.answered(id, attempt) };
  }

  /** answer stores the answer to the open question. A repeated answer `by` the same message changes nothing. */
  answer(id: string, index: number, answer: string, by?: string): Reply<Snapshot> {
    const before = this.#around.send(id, { type: "tick" });
    if (before.error) return { error: notFound(id) };
    const { op } = before;
    if (by !== undefined && op.answeredBy?.includes(by)) return before;
    if (isTerminal(op)) {
      return {
        error: failure("already-terminal", `Operation ${id} has already ended: it is ${op.status}`),
      };
    }
    if (op.status !== "input_required" || index !== (op.answers?.length ?? 0)) {
      const message = `Operation ${id} does not ask this question: it is ${op.status}`;
      return { error: failure("input-not-required", message) };
    }
    const reply = this.#around.send(id, {
      type: "answer",
      index,
      answer,
      ...(by !== undefined && { by }),
    });
    if (op.inputRequest.name !== undefined) this.#store(op, op.inputRequest.name, index, answer);
    return reply;
  }

  /** The answer to a named question is stored as a step of the operation. */
  #store({ id, attempt, wait, updatedAt }: Operation, name: string, index: number, value: string) {
    const { steps } = this.#around.store;
    const { startedAt = wait?.at ?? updatedAt, indexes = [] } = steps.one(id, name) ?? {};
    const asked = { indexes: [...indexes, index], startedAt };
    steps.put(
      id,
      { name, type: "ask", attempt, ...asked, endedAt: Date.now(), value },
      value.length,
    );
  }

  #get(id: string): Operation | undefined {
    return this.#around.store.get(id, Date.now())?.op;
  }
}
