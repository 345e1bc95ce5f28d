import type { ImportReport } from "../core/moving/import-report.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import type { AnyKinds, KindsTypes } from "./kind-types.ts";
import {
  type DeletedTenant,
  type ExportOptions,
  eraseTenant,
  type ImportOptions,
  openExport,
  sendImport,
} from "./moving.ts";
import type { CallOptions } from "./options.ts";
import { TenantOperations } from "./tenant-operations.ts";
import { type WorkOptions, work } from "./worker/worker.ts";

/**
 * OperationsClient is the client for a remote service: TenantOperations, plus running work as an outside
 * worker, and exporting, importing and deleting a tenant's data.
 */
export class OperationsClient<Kinds extends KindsTypes = AnyKinds> extends TenantOperations<Kinds> {
  readonly #options: ConnectionOptions;

  /** @throws TypeError for a `url` that is not http or https, or a `token` that cannot be sent in a header */
  constructor(options: ConnectionOptions) {
    super(options);
    this.#options = options;
  }

  /**
   * work claims operations of the given kinds and runs them until `signal` is aborted; see the function `work`. The
   * token needs the scope `work`.
   */
  async work(options: Omit<WorkOptions, keyof ConnectionOptions>): Promise<void> {
    return work({ ...options, ...this.#options });
  }

  /**
   * export opens an export of all operations: the body of the Response is JSON Lines. If it breaks off, resume
   * it with the `cursor` of the last line of type `cursor`. The token needs the scope `admin`.
   */
  export(options: ExportOptions = {}): Promise<Response> {
    return openExport(new Connection(this.#options), options);
  }

  /**
   * import stores the operations of an export, given its lines from the first on. Importing the same lines
   * again changes nothing. The token needs the scope `admin`.
   */
  import(lines: string, options: ImportOptions = {}): Promise<ImportReport> {
    return sendImport(new Connection(this.#options), lines, options);
  }

  /**
   * webhookSecrets returns the secrets that verify the webhooks of the token's tenant; every webhook is signed with
   * each of them. The token needs the scope `admin`.
   */
  async webhookSecrets({ signal }: CallOptions = {}): Promise<readonly string[]> {
    const connection = new Connection(this.#options);
    const path = "/webhook-secrets";
    const found = await connection.call<{ readonly secrets: readonly string[] }>({
      method: "GET",
      path,
      signal,
    });
    return found.secrets;
  }

  /** deleteTenant deletes everything that belongs to the token's tenant, called `name`. The token needs the scope `admin`. */
  deleteTenant(name: string, options: CallOptions = {}): Promise<DeletedTenant> {
    return eraseTenant(new Connection(this.#options), name, options);
  }
}
