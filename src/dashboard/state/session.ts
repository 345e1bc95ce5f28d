import { signal } from "@preact/signals";
import { reasonOf } from "../../base/log.ts";
import { RequestError, TenantOperations } from "../../client/index.ts";
import { askBasePath, keepBasePath, keptBasePath } from "./base-path.ts";
import type { Service } from "./commands.ts";

/**
 * key is the storage key of the token: in this tab's storage, which ends with the tab, or in the browser's if the user
 * chose that.
 */
const key = "edge-operations.token";

/** client is the client of the signed-in user, or undefined. */
export const client = signal<TenantOperations | undefined>(undefined);

/** basePath is the base path of the service's API. */
export const basePath = signal(keptBasePath());

/** service returns where the API of this page is. */
export function service(): Service {
  return { origin: location.origin, basePath: basePath.value };
}

/** asking resolves when the base path is known, if it had to be requested. */
let asking: Promise<void> | undefined;

/** signedOutBecause is why the user has to sign in again, for people. */
export const signedOutBecause = signal<string | undefined>(undefined);

/**
 * resume signs in with the stored token, if there is one, without a request; otherwise it requests the base path of the
 * API.
 */
export function resume(): void {
  const token = sessionStorage.getItem(key) ?? localStorage.getItem(key);
  // Signing out in one tab signs out in all tabs that share the token.
  addEventListener("storage", (event) => {
    const isForgotten = event.key === key && event.newValue === null;
    if (isForgotten && sessionStorage.getItem(key) === null) signOut();
  });
  if (token !== null) client.value = clientOf(token);
  else asking = findApi();
}

async function findApi(): Promise<void> {
  basePath.value = await askBasePath();
}

/**
 * signIn tries a token, and stores it if the service accepts it. It returns the error for people, or undefined if it
 * has succeeded.
 *
 * @param isRemembered whether to store it on this device until the user signs out, instead of only in this tab
 */
export async function signIn(token: string, isRemembered = false): Promise<string | undefined> {
  if (!/^[!-~]+$/.test(token))
    return "That does not look like a token: tokens contain no spaces or special characters.";
  await asking;
  const candidate = clientOf(token);
  try {
    await candidate.listPage({ pageSize: 1 });
  } catch (thrown) {
    return whyNot(thrown);
  }
  const storage = isRemembered ? localStorage : sessionStorage;
  storage.setItem(key, token);
  keepBasePath(basePath.value, storage);
  signedOutBecause.value = undefined;
  client.value = candidate;
  return undefined;
}

/** signOut removes the token. */
export function signOut(because?: string): void {
  for (const storage of [sessionStorage, localStorage]) {
    storage.removeItem(key);
    keepBasePath(undefined, storage);
  }
  client.value = undefined;
  signedOutBecause.value = because;
}

/**
 * failed handles the error of a request: it signs out if the token is no longer accepted. It returns the error for
 * people.
 */
export function failed(thrown: unknown): string {
  const isRefused = thrown instanceof RequestError && thrown.status === 401;
  if (isRefused) signOut("Your token is no longer valid. Sign in again.");
  return wordsOf(thrown);
}

/** wordsOf returns an error for people, with each invalid field. */
export function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return reasonOf(thrown);
  if (!(thrown instanceof RequestError) || thrown.errors.length === 0) return thrown.message;
  return thrown.errors
    .map(({ path, message }) => (path ? `${path}: ${message}` : message))
    .join("; ");
}

function clientOf(token: string): TenantOperations {
  // Without credentials, browsers show no dialog after a 401.
  const send = (url: string, init: RequestInit) => fetch(url, { ...init, credentials: "omit" });
  return new TenantOperations({
    url: location.origin,
    basePath: basePath.value,
    token,
    numbers: "exact",
    fetch: send,
  });
}

function whyNot(thrown: unknown): string {
  if (!(thrown instanceof RequestError)) return wordsOf(thrown);
  if (thrown.status === 401) return "Invalid token.";
  if (thrown.status === 403) return "This token cannot list operations: it needs the scope read.";
  return wordsOf(thrown);
}
