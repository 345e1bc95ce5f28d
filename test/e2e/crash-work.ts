import type { CreateBody, Monitor } from "./client.ts";

/** Work is one thing that a writer asks for, and how it may end. */
export interface Work {
  /** Unique among all the work of a run; it labels the operation. */
  readonly nonce: string;
  readonly body: CreateBody;
  /** The wait it is asked with, as a value of Prefer. */
  readonly prefer?: string;
  /** Its Idempotency-Key. */
  readonly key?: string;
  /** Ask for its end as soon as it is acknowledged. */
  readonly cancel?: true;
  /** The first answer is thrown away, and the request repeated. */
  readonly hangUp?: true;
  /** The result, where it succeeds. */
  readonly value: unknown;
  /** Every way in which it may end: a status, with the code of its error. */
  readonly ends: readonly string[];
}

const retried = { maxAttempts: 3, initialInterval: "100ms" };

/** Shape makes one sort of work; `random` answers from 0 to 1. */
type Shape = (random: () => number, nonce: string) => Omit<Work, "nonce">;

/** quick is answered at once, so a kill always comes soon after an answer. */
const quick: readonly Shape[] = [
  (_, nonce) => echo(nonce),
  (_, nonce) => ({ ...echo(nonce), key: nonce }),
];

/** plain work has the object wake for nothing but its heartbeat. */
const plain: readonly Shape[] = [
  (_, nonce) => ({ ...echo(nonce), key: nonce, hangUp: true }),
  (_, nonce) => ({ ...echo(nonce), prefer: "wait=10" }),
  (_, nonce) => ({ ...echo(nonce), key: nonce, prefer: "wait=10" }),
  // Too large to stand in the monitor, or in one row.
  (_, nonce) => echo(`${nonce} ${"x".repeat(100_000)}`),
  (random, nonce) => simulate(nonce, random() * 1_500),
  (random, nonce) => ({ ...simulate(nonce, random() * 300), prefer: "wait=10" }),
  (random, nonce) => ({ ...simulate(nonce, random() * 1_500), key: nonce }),
  (random, nonce) => {
    const work = simulate(nonce, random() * 1_500);
    return { ...work, body: { ...work.body, retry: retried }, ends: ["succeeded"] };
  },
  (random, nonce) => {
    const work = simulate(nonce, random() * 500);
    const body = { ...work.body, retry: retried };
    return { ...work, body, key: nonce, prefer: "wait=10", ends: ["succeeded"] };
  },
];

/** waking work has times of its own for the object to wake at; all of it is over in 8 s. */
const waking: readonly Shape[] = [
  (random, nonce) => ({
    body: {
      kind: "simulate",
      input: { outcome: "fail", duration: `${Math.round(random() * 200)}ms`, code: "as_asked" },
      retry: { maxAttempts: 2, initialInterval: "100ms" },
    },
    value: nonce,
    // What is cut off does not count, so both attempts say so.
    ends: ["failed as_asked"],
  }),
  (_, nonce) => ({
    body: { kind: "simulate", input: { outcome: "hang" }, deadline: "2s", retry: retried },
    value: nonce,
    // An attempt that is cut off where none can follow before the deadline is the end of it.
    ends: ["failed deadline_exceeded", "failed interrupted"],
  }),
  (_, nonce) => {
    const work = echo(nonce);
    return { ...work, body: { ...work.body, startAfter: "1s" } };
  },
  (_, nonce) => ({
    body: { kind: "simulate", input: { outcome: "hang" }, deadline: "8s", retry: retried },
    key: nonce,
    value: nonce,
    cancel: true,
    // The crash may come before the cancel, and the deadline before the next start.
    ends: ["canceled canceled", "failed deadline_exceeded", "failed interrupted"],
  }),
];

/** externalKind is what workers claim. */
export const externalKind = "crash-work";

/** claimed work ends as succeeded, however often a worker forgets it or a kill takes it away. */
const claimed: readonly Shape[] = [
  (_, nonce) => external(nonce),
  (_, nonce) => ({ ...external(nonce), key: nonce, prefer: "wait=2" }),
  (_, nonce) => ({ ...external(nonce), key: nonce, hangUp: true }),
];

/**
 * Sort is what a round's work has in common: after the restart of a `plain` round nothing but the
 * heartbeat wakes the objects, in a `waking` one their own times do too, and in a `claimed` one
 * workers who ask for work.
 */
export type Sort = "plain" | "waking" | "claimed";

const slow: Readonly<Record<Sort, readonly Shape[]>> = {
  plain,
  waking: [...plain, ...waking],
  claimed: [...plain, ...waking, ...claimed, ...claimed, ...claimed],
};

/** someWork picks a piece of work, with a webhook where there is a `target` and chance has it. */
export function someWork(
  nonce: string,
  random: () => number,
  sort: Sort,
  target?: (nonce: string) => string,
): Work {
  const shapes = random() < 0.6 ? quick : slow[sort];
  const shape = shapes[Math.floor(random() * shapes.length)];
  const work = shape ? shape(random, nonce) : echo(nonce);
  const webhook = target && random() < 0.2 ? { webhook: target(nonce) } : {};
  return { ...work, nonce, body: { ...work.body, ...webhook, labels: { nonce } } };
}

/** endOf writes how an operation ended as `ends` does. */
export function endOf({ status, error }: Monitor): string {
  return error ? `${status} ${error.code}` : status;
}

function echo(value: string): Omit<Work, "nonce"> {
  return {
    body: { kind: "echo", input: value },
    value,
    ends: ["succeeded"],
  };
}

function simulate(value: string, duration: number): Omit<Work, "nonce"> {
  return {
    body: { kind: "simulate", input: { duration: `${Math.round(duration)}ms`, value } },
    value,
    ends: ["succeeded"],
  };
}

function external(value: string): Omit<Work, "nonce"> {
  const retry = { maxAttempts: 100, initialInterval: "100ms" };
  return { body: { kind: externalKind, input: value, retry }, value, ends: ["succeeded"] };
}
