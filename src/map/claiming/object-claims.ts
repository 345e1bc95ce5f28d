import type { ClaimCommand, Claimed } from "../../core/work.ts";
import { lacks, type OperationsStub } from "../../object/address.ts";

/** ObjectClaims claims from one object, which may run older code. */
export class ObjectClaims {
  readonly #stub: OperationsStub;

  constructor(stub: OperationsStub) {
    this.#stub = stub;
  }

  /**
   * claim makes several claims, and returns what is handed out for each; null for one that has been passed over,
   * because there would have been too much for one message.
   */
  async claim(commands: readonly ClaimCommand[]): Promise<readonly (readonly Claimed[] | null)[]> {
    const [only] = commands;
    if (only && commands.length === 1) return [await this.#stub.claim(only)];
    try {
      return await this.#stub.claimMany(commands);
    } catch (thrown) {
      if (!lacks(thrown, "claimMany")) throw thrown;
    }
    const found: (readonly Claimed[])[] = [];
    for (const command of commands) {
      try {
        found.push(await this.#stub.claim(command));
      } catch (thrown) {
        // What has been handed out is not lost with the rest.
        if (found.length === 0) throw thrown;
        break;
      }
    }
    return commands.map((_, place) => found[place] ?? null);
  }

  /** release gives back what nobody has seen. An object with older code takes it back when its lease ends. */
  async release(claimed: readonly Claimed[]): Promise<void> {
    if (claimed.length === 0) return;
    try {
      await this.#stub.release(claimed.map(({ op }) => ({ id: op.id, attempt: op.attempt })));
    } catch (thrown) {
      if (!lacks(thrown, "release")) throw thrown;
    }
  }
}
