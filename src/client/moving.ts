import type { ImportReport } from "../core/moving/import-report.ts";
import type { Connection } from "./connection.ts";
import type { CallOptions } from "./options.ts";

/** longest is how long the service may take to store one request, in milliseconds. */
const longest = 120_000;

/** tries is how many times a request is sent; lines that were stored already are not stored again. */
const tries = 5;

/** ExportOptions are the options of `export`. */
export interface ExportOptions extends CallOptions {
  /** Where to resume: the value of the last line of type `cursor`. */
  readonly cursor?: string | undefined;
}

/** ImportOptions are the options of `import`. */
export interface ImportOptions extends CallOptions {
  /** Whether unfinished operations continue; otherwise they end as `interrupted`. */
  readonly start?: boolean | undefined;
}

/** openExport opens an export of all operations, as JSON Lines. */
export function openExport(
  connection: Connection,
  { cursor, signal }: ExportOptions,
): Promise<Response> {
  const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
  const headers = { accept: "application/jsonl" };
  return connection.open({
    method: "GET",
    path: `/operations:export${query}`,
    headers,
    tries,
    signal,
  });
}

/** sendImport sends lines of an export, starting with the first line of the file. */
export function sendImport(
  connection: Connection,
  lines: string,
  { start, signal }: ImportOptions,
): Promise<ImportReport> {
  const path = `/operations:import${start ? "?start=true" : ""}`;
  const sent = { type: "application/jsonl", content: lines };
  return connection.call({ method: "POST", path, sent, timeout: longest, tries, signal });
}

/** DeletedTenant is a tenant whose data has been deleted. */
export interface DeletedTenant {
  readonly tenant: string;
  /** How many objects were emptied. */
  readonly objects: number;
}

/** eraseTenant deletes everything that belongs to a tenant, in as many requests as it takes. */
export async function eraseTenant(
  connection: Connection,
  tenant: string,
  { signal }: CallOptions,
): Promise<DeletedTenant> {
  const path = `/tenants/${encodeURIComponent(tenant)}`;
  const call = { method: "DELETE", timeout: longest, tries, signal } as const;
  for (let query = ""; ; ) {
    const said = await connection.call<DeletedTenant & { readonly next?: number }>({
      ...call,
      path: `${path}${query}`,
    });
    if (said.next === undefined) return said;
    query = `?from=${said.next}`;
  }
}
