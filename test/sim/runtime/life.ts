import type { Deployment } from "./deployment.ts";
import type { Database } from "./sql.ts";
import { Process, type World } from "./world.ts";

/**
 * Life is one stay of an object in memory. What leaves it waits until what was written before is on
 * disk (the output gate); what dies with it never left.
 */
export class Life extends Process {
  readonly #world: World;
  readonly #database: Database;
  readonly #onCommit: () => void;
  #isCommitting = false;
  #gate: (() => void)[] = [];
  #synced: (() => void)[] = [];

  constructor(
    name: string,
    deployment: Deployment,
    world: World,
    database: Database,
    onCommit: () => void,
  ) {
    super(name, deployment);
    this.#world = world;
    this.#database = database;
    this.#onCommit = onCommit;
  }

  /** isSettled says that nothing waits for the disk. */
  get isSettled(): boolean {
    return !this.#isCommitting && this.#gate.length === 0 && this.#synced.length === 0;
  }

  /** write begins what will be committed together. */
  write(): void {
    if (!this.isAlive) throw new Error("The object has been reset");
    this.#database.begin();
    if (this.#isCommitting) return;
    this.#isCommitting = true;
    this.#world.hop(() => {
      if (this.isAlive) this.commit();
    });
  }

  commit(): void {
    this.#database.commit();
    this.#onCommit();
    this.#isCommitting = false;
    const ready = [...this.#gate, ...this.#synced];
    this.#gate = [];
    this.#synced = [];
    for (const go of ready) go();
  }

  override leave(go: () => void): void {
    if (!this.isAlive) return;
    if (this.#isCommitting) this.#gate.push(go);
    else go();
  }

  sync(): Promise<void> {
    return this.wait((resolve) => {
      if (this.#isCommitting) this.#synced.push(() => resolve(undefined));
      else this.#world.queue.after(0.01, () => resolve(undefined));
    });
  }
}
