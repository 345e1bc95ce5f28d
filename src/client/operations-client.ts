import type { ConnectionOptions } from "./connection.ts";
import type { AnyKinds, KindsTypes } from "./kind-types.ts";
import { TenantOperations } from "./tenant-operations.ts";
import { type WorkOptions, work } from "./worker/worker.ts";

/**
 * OperationsClient is the client of a service elsewhere: TenantOperations, and the work of kinds that
 * workers outside do.
 */
export class OperationsClient<Kinds extends KindsTypes = AnyKinds> extends TenantOperations<Kinds> {
  readonly #options: ConnectionOptions;

  /** @throws TypeError for a `url` that is not http or https, or a `token` that no header can carry */
  constructor(options: ConnectionOptions) {
    super(options);
    this.#options = options;
  }

  /**
   * work claims operations of some kinds and runs them until `signal` is aborted; see `work`. The
   * token needs the scope `work`.
   */
  async work(options: Omit<WorkOptions, keyof ConnectionOptions>): Promise<void> {
    return work({ ...options, ...this.#options });
  }
}
