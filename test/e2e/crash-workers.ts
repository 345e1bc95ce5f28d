import { setTimeout as sleep } from "node:timers/promises";
import type { Client, Monitor } from "./client.ts";
import type { Ledger } from "./crash-ledger.ts";
import { externalKind } from "./crash-work.ts";

interface Claimed extends Monitor {
  readonly input: unknown;
}

/**
 * Workers claim external work, through kills and restarts, until they are stopped: they report some
 * of it, complete it with its input as the result, and forget one in ten, whose lease then runs out.
 */
export class Workers {
  readonly #client: Client;
  readonly #ledger: Ledger;
  /** Attempts that were handed out, as `id attempt`. */
  readonly #held = new Set<string>();
  /** The attempt whose end was acknowledged, by id. */
  readonly #completed = new Map<string, number>();
  readonly #working: Promise<void>[];
  #isOver = false;

  constructor(client: Client, ledger: Ledger) {
    this.#client = client;
    this.#ledger = ledger;
    this.#working = [1, 2, 3].map(() => this.#work());
  }

  /** stop lets them end what they hold. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#working);
  }

  /** check holds an operation against what its worker was answered. */
  check({ id, status, attempt }: Monitor): void {
    const completed = this.#completed.get(id);
    if (completed === undefined || (status === "succeeded" && attempt === completed)) return;
    const stands = `${status} at attempt ${attempt}`;
    this.#ledger.violation(`${id} is ${stands}, and attempt ${completed} was acknowledged`);
  }

  async #work(): Promise<void> {
    while (!this.#isOver) {
      try {
        const claim = { kinds: [externalKind], max: 10, lease: "1s" };
        const headers = { prefer: "wait=1" };
        const { body } = await this.#post<{ operations: Claimed[] }>(":claim", claim, headers);
        for (const operation of body.operations) this.#hold(operation);
        for (const operation of body.operations) await this.#do(operation);
      } catch {
        // Killed; what was claimed is somebody's again once its lease has run out.
        await sleep(50);
      }
    }
  }

  #hold({ id, attempt }: Claimed): void {
    const held = `${id} ${attempt}`;
    if (this.#held.has(held))
      this.#ledger.duplicate(`attempt ${attempt} of ${id} was claimed twice`);
    this.#held.add(held);
    this.#ledger.claimed++;
  }

  async #do({ id, attempt, input }: Claimed): Promise<void> {
    const chance = Math.random();
    if (chance < 0.1) return;
    if (chance < 0.3) {
      const body = JSON.stringify({ attempt, percentComplete: 50, lease: "1s" });
      await this.#client.json(`/api/v1/operations/${id}`, { method: "PATCH", body });
    }
    const answer = await this.#post<Monitor>(`/${id}:complete`, { attempt, result: input });
    if (answer.status === 200) {
      this.#completed.set(id, attempt);
      this.#ledger.completed++;
    } else if (answer.status !== 409) {
      this.#ledger.violation(`${id} was not completed: ${answer.status}`);
    }
  }

  #post<T>(path: string, body: object, headers: Record<string, string> = {}) {
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    return this.#client.json<T>(`/api/v1/operations${path}`, init);
  }
}
