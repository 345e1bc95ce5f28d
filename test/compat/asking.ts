import { expect } from "vitest";
import type { Answer, Monitor } from "../e2e/client.ts";
import type { Place, Run } from "./scenario.ts";

const base = "/api/v1/operations";

/** Shown is a monitor with the members that these tests read beside the usual ones. */
export interface Shown extends Monitor {
  readonly metadata?: unknown;
  readonly expiresAt?: string;
  readonly inputRequest?: { readonly index: number; readonly message?: string };
}

/** Claimed is a monitor as a worker gets it. */
export interface Claimed extends Shown {
  readonly input?: unknown;
}

/** send sends JSON, by POST where nothing else is said. */
export function send<T = Shown>(
  { client }: Place,
  path: string,
  body?: unknown,
  init: RequestInit = {},
): Promise<Answer<T>> {
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  return client.json<T>(path, { method: "POST", ...text, ...init });
}

/** create makes an operation, labelled with its run, and answers its monitor. */
export async function create(
  place: Place,
  { mark }: Run,
  body: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Shown> {
  const labels = { run: mark, ...(body.labels as object | undefined) };
  const answer = await send(place, base, { ...body, labels }, { headers });
  expect([200, 202], JSON.stringify(answer.body)).toContain(answer.status);
  return answer.body;
}

/** finished makes an operation that has ended when this answers. */
export async function finished(
  place: Place,
  run: Run,
  body: Readonly<Record<string, unknown>> = { kind: "echo", input: run.mark },
): Promise<Shown> {
  const made = await create(place, run, body, { prefer: "wait=20" });
  expect(made.finishedAt).toBeDefined();
  return made;
}

/** get answers the monitor of an operation that is there; `query` begins with its question mark. */
export async function get(place: Place, id: string, query = ""): Promise<Shown> {
  const { status, body } = await place.client.json<Shown>(`${base}/${id}${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

/** ended waits for the end of an operation. */
export async function ended(place: Place, id: string): Promise<Shown> {
  for (let tries = 0; tries < 4; tries++) {
    const shown = await get(place, id, "?wait=20s");
    if (shown.finishedAt !== undefined) return shown;
  }
  throw new Error(`${id} does not end`);
}

/** act is an action of an operation, such as `:cancel`. */
export function act(place: Place, id: string, action: string, body?: unknown) {
  return send(place, `${base}/${id}${action}`, body);
}

/** report is what a worker says of its attempt. */
export function report(place: Place, id: string, body: unknown) {
  return send(place, `${base}/${id}`, body, { method: "PATCH" });
}

/** claim takes work of the run's own kind, and waits for some where there is none. */
export async function claim(
  place: Place,
  { kind }: Run,
  more: Readonly<Record<string, unknown>> = {},
): Promise<readonly Claimed[]> {
  const answer = await send<{ operations: readonly Claimed[] }>(
    place,
    `${base}:claim`,
    { kinds: [kind], lease: "1h", ...more },
    { headers: { prefer: "wait=20" } },
  );
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body.operations;
}

/** claimOne takes the one operation that waits. */
export async function claimOne(place: Place, run: Run, more = {}): Promise<Claimed> {
  const [claimed, second] = await claim(place, run, { max: 2, ...more });
  expect(second).toBeUndefined();
  if (!claimed) throw new Error("There was nothing to claim");
  return claimed;
}

/** list answers one page of the run's operations. */
export async function list(
  { client }: Place,
  { mark }: Run,
  query: Readonly<Record<string, string>> = {},
): Promise<{ readonly operations: readonly Shown[]; readonly nextPageToken?: string }> {
  const parameters = new URLSearchParams({ label: `run:${mark}`, ...query });
  const answer = await client.json<{ operations: readonly Shown[]; nextPageToken?: string }>(
    `${base}?${parameters}`,
  );
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
}
