import type { CreateRequest } from "../../client/index.ts";

/** key is where this tab keeps what it has started. */
const key = "edge-operations.started";

/** most is how many requests are kept, and longest how long one may be, in characters of JSON. */
const most = 50;
const longest = 32 * 1024;

/**
 * requestOf is what an operation was made with, where this tab made it. The service does not tell
 * the input of an operation, so the tab keeps its own, to show it and to start it again.
 */
export function requestOf(id: string): CreateRequest | undefined {
  return read().find(([own]) => own === id)?.[1];
}

/** keepRequest remembers what an operation was made with, for as long as the tab is open. */
export function keepRequest(id: string, request: CreateRequest): void {
  if (JSON.stringify(request).length > longest) return;
  const kept = [[id, request] as const, ...read()].slice(0, most);
  try {
    sessionStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // The storage is full: it is a convenience, and nothing depends on it.
  }
}

/** forgetRequests forgets them all. */
export function forgetRequests(): void {
  sessionStorage.removeItem(key);
}

function read(): readonly (readonly [string, CreateRequest])[] {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "[]");
  } catch {
    return [];
  }
}
