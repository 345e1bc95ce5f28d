import { readStored } from "../base/json.ts";
import type { Failure } from "./errors.ts";
import type { OperationSpec } from "./operation/create.ts";
import { isTerminal, type Operation, type Status } from "./operation/operation.ts";

/**
 * Reply is a Result (base/result.ts) as it is sent between a Worker and an object, which may run different versions of
 * the code, so its shape never changes. It is a value with its members, or the reason why there is none; errors that a
 * client can cause are never thrown.
 */
export type Reply<T> = ({ readonly error?: never } & T) | { readonly error: Failure };

/** Snapshot is an operation as a reader sees it, with its result if that is small JSON. */
export interface Snapshot {
  readonly op: Operation;
  /** The result as JSON text. */
  readonly result?: string;
}

/** Created is a Snapshot of the operation that a create has created, or had created before. */
export interface Created extends Snapshot {
  /** Set if the idempotency key had already created it. */
  readonly replayed?: true;
  /** How many milliseconds the object delayed the response for a wait; absent from older code. */
  readonly held?: number;
}

/**
 * brief returns a reply without members of the operation that are not in its public state, such as answers, history and
 * keys, which can have half a million characters. A hundred of the rest fit into a message of 32 MiB.
 */
export function brief<T extends Snapshot>(reply: Reply<T>): Reply<T> {
  if (reply.error) return reply;
  const { answers, answeredBy, history, keys, ...op } = reply.op;
  const isBrief = (answers ?? answeredBy ?? history ?? keys) === undefined;
  return isBrief ? reply : { ...reply, op };
}

/**
 * Encoded is a value as JSON text. Stored JSON is sent from the object unchanged, and is decoded once, where it is
 * used.
 */
export type Encoded<T> = string & { readonly encodes?: T };

/** decode returns the value of an Encoded. */
export function decode<T>(text: Encoded<T>): T {
  return readStored<T>(text);
}

/** Payload is a body as it was sent: JSON text, or bytes. */
export type Payload = string | ArrayBuffer;

/** CreateCommand requests an operation. All durations are milliseconds. */
export interface CreateCommand extends Omit<OperationSpec, "id" | "queued"> {
  /** The number of the object that the command is sent to, which becomes part of the id. */
  readonly shard: number;
  /** The input as JSON text, empty if there is none; already checked against the kind's schema. */
  readonly input: string;
}

/** ListQuery requests one page of a shard's operations. */
export interface ListQuery {
  /** Any of these; an empty list means all. */
  readonly statuses: readonly Status[];
  readonly kinds: readonly string[];
  /** All of these, as key and value. */
  readonly labels: readonly (readonly [string, string])[];
  /** Only ids that sort at or after this. */
  readonly from?: string;
  /** Only ids that sort before this. */
  readonly to?: string;
  readonly order: "asc" | "desc";
  readonly limit: number;
  /** The largest size of the page, at two bytes a character; the first operation is always included. */
  readonly bytes?: number;
}

/** ListPage is one page of a shard, in the requested order. */
export interface ListPage {
  readonly items: readonly Snapshot[];
  /** Present if there may be more: `items` has every match up to and including this id. */
  readonly coveredTo?: string;
}

/**
 * StoredPage is a ListPage as its object stores it: JSON text, which is parsed only when an operation is shown. The
 * lists have one entry for each operation, in the order of the query.
 */
export interface StoredPage {
  readonly ids: readonly string[];
  readonly docs: readonly Encoded<Operation>[];
  /** The results that are small JSON, as JSON text; null for the others. */
  readonly results: readonly (string | null)[];
  /** As in ListPage. */
  readonly coveredTo?: string;
  /** How many bytes it takes up in a message, at most; expired operations that were read count as small ones. */
  readonly bytes: number;
}

/** decodeSnapshot returns an operation whose document and result are stored as these. */
export function decodeSnapshot(doc: Encoded<Operation>, result: string | null): Snapshot {
  const op = decode(doc);
  return result !== null && isTerminal(op) ? { op, result } : { op };
}

/** decodePage returns a page with everything on it parsed. */
export function decodePage({ docs, results, coveredTo }: StoredPage): ListPage {
  const items = docs.map((doc, place) => decodeSnapshot(doc, results[place] ?? null));
  return coveredTo === undefined ? { items } : { items, coveredTo };
}

/** encodePage returns a page as it would be stored; `bytes` is not counted. */
export function encodePage({ items, ...rest }: ListPage): StoredPage {
  return {
    ...rest,
    ids: items.map(({ op }) => op.id),
    docs: items.map(({ op }) => JSON.stringify(op)),
    results: items.map(({ result }) => result ?? null),
    bytes: 0,
  };
}
