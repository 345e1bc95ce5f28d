import { basePathIn, catalogPath, usualBasePath } from "../../client/api-catalog.ts";

/** key is the storage key of the base path, which is stored together with the token. */
const key = "edge-operations.base-path";

/** askBasePath asks the server for the base path of its API; it does not reject. */
export async function askBasePath(): Promise<string> {
  try {
    const response = await fetch(catalogPath, { credentials: "omit" });
    return response.ok ? basePathIn(await response.json()) : usualBasePath;
  } catch {
    // A server without a catalog has the API at the usual path, or says so when it is called.
    return usualBasePath;
  }
}

/** keptBasePath returns the base path stored by keepBasePath. */
export function keptBasePath(): string {
  return sessionStorage.getItem(key) ?? localStorage.getItem(key) ?? usualBasePath;
}

/** keepBasePath stores a base path, unless it is the usual one. */
export function keepBasePath(path: string | undefined, storage: Storage): void {
  if (path === undefined || path === usualBasePath) storage.removeItem(key);
  else storage.setItem(key, path);
}
