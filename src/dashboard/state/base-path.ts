import { basePathIn, catalogPath, usualBasePath } from "../../client/api-catalog.ts";

/** key is where the base path is kept while a token is, beside that. */
const key = "edge-operations.base-path";

/** askBasePath asks the server that the page came from where its API stands; it does not reject. */
export async function askBasePath(): Promise<string> {
  try {
    const response = await fetch(catalogPath, { credentials: "omit" });
    return response.ok ? basePathIn(await response.json()) : usualBasePath;
  } catch {
    // A server without a catalog has the API in its usual place, or says so when it is asked.
    return usualBasePath;
  }
}

/** keptBasePath returns the base path that keepBasePath has kept. */
export function keptBasePath(): string {
  return sessionStorage.getItem(key) ?? localStorage.getItem(key) ?? usualBasePath;
}

/** keepBasePath keeps a base path that is not the usual one for as long as a storage lasts. */
export function keepBasePath(path: string | undefined, storage: Storage): void {
  if (path === undefined || path === usualBasePath) storage.removeItem(key);
  else storage.setItem(key, path);
}
