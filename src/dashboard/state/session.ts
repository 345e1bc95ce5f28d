import { signal } from "@preact/signals";
import { reasonOf } from "../../base/log.ts";
import { RequestError, TenantOperations } from "../../client/index.ts";
import { askBasePath, keepBasePath, keptBasePath } from "./base-path.ts";
import type { Service } from "./commands.ts";

/**
 * key is where the token is kept: in this tab's storage, which ends with the tab, or in that of this browser
 * where somebody chose that.
 */
const key = "edge-operations.token";

/** client is who the page asks, or undefined while nobody is signed in. */
export const client = signal<TenantOperations | undefined>(undefined);

/** basePath is where the service has its API. */
export const basePath = signal(keptBasePath());

/** service returns where the API of this page stands. */
export function service(): Service {
  return { origin: location.origin, basePath: basePath.value };
}

/** asking is done once the service has been asked where its API stands, where that was needed. */
let asking: Promise<void> | undefined;

/** signedOutBecause is why the page asks for a token again, in words for people. */
export const signedOutBecause = signal<string | undefined>(undefined);

/**
 * resume signs in with the token that the tab or the browser has kept, if one has, and asks nobody; else it asks
 * where the API stands, for whoever signs in.
 */
export function resume(): void {
  const token = sessionStorage.getItem(key) ?? localStorage.getItem(key);
  // Who signs out in one tab is signed out in those that share the token.
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
 * signIn tries a token, and keeps it where the service takes it. It returns what is wrong in words
 * for people, or undefined once it is signed in.
 *
 * @param isRemembered whether it is kept on this device, until somebody signs out, and not in this tab alone
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

/** signOut forgets the token. */
export function signOut(because?: string): void {
  for (const storage of [sessionStorage, localStorage]) {
    storage.removeItem(key);
    keepBasePath(undefined, storage);
  }
  client.value = undefined;
  signedOutBecause.value = because;
}

/** failed takes in what a request threw: a token that is not taken any more signs out. It returns words for people. */
export function failed(thrown: unknown): string {
  const isRefused = thrown instanceof RequestError && thrown.status === 401;
  if (isRefused) signOut("Your token is no longer valid. Sign in again.");
  return wordsOf(thrown);
}

/** wordsOf returns what went wrong, for people, with each field that was refused. */
export function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return reasonOf(thrown);
  if (!(thrown instanceof RequestError) || thrown.errors.length === 0) return thrown.message;
  return thrown.errors
    .map(({ path, message }) => (path ? `${path}: ${message}` : message))
    .join("; ");
}

function clientOf(token: string): TenantOperations {
  // Without credentials a browser answers a 401 with no dialog of its own.
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
