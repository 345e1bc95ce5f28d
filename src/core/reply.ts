import { readStored } from "../base/json.ts";
import type { Failure } from "./errors.ts";
import type { OperationSpec } from "./operation/create.ts";
import type { Operation, Status } from "./operation/operation.ts";

/**
 * Reply is a Result (base/result.ts) as it travels between a Worker and an object, which may run code of
 * two versions: its shape stays. It is a value with its members, or the reason why there is none; nothing
 * that a client can cause is thrown.
 */
export type Reply<T> = ({ readonly error?: never } & T) | { readonly error: Failure };

/** Snapshot is an operation as a reader sees it, with its result where that is JSON and small. */
export interface Snapshot {
  readonly op: Operation;
  /** The result as JSON text. */
  readonly result?: string;
}

/** Created is a Snapshot of what a create made, or had made before. */
export interface Created extends Snapshot {
  /** Set if the idempotency key had made it already. */
  readonly replayed?: true;
  /** How many milliseconds of its answer the object has held for whoever waits. Older code does not say. */
  readonly held?: number;
}

/**
 * brief returns a reply without what no monitor shows of an operation, its answers, its history and its keys: they
 * may be half a million characters. A hundred of what is left fit into a message of 32 MiB.
 */
export function brief<T extends Snapshot>(reply: Reply<T>): Reply<T> {
  if (reply.error) return reply;
  const { answers, answeredBy, history, keys, ...op } = reply.op;
  const isBrief = (answers ?? answeredBy ?? history ?? keys) === undefined;
  return isBrief ? reply : { ...reply, op };
}

/**
 * Encoded is a value as JSON text. What is stored as JSON travels from the object as it is, and is
 * decoded once, where it is used.
 */
export type Encoded<T> = string & { readonly encodes?: T };

/** decode returns the value of an Encoded. */
export function decode<T>(text: Encoded<T>): T {
  return readStored<T>(text);
}

/** Payload is a body, as it came: text that is JSON, or bytes. */
export type Payload = string | ArrayBuffer;

/** CreateCommand asks for an operation. All durations are milliseconds. */
export interface CreateCommand extends Omit<OperationSpec, "id" | "queued"> {
  /** The number of the object that the command goes to; its ids carry it. */
  readonly shard: number;
  /** The input as JSON text, empty if there is none; already held against the kind's schema. */
  readonly input: string;
}

/** ListQuery asks for one page of a shard's operations. */
export interface ListQuery {
  /** Any of these; none means all. */
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
  /** How much the page may hold, at two bytes a character; its first operation always goes. */
  readonly bytes?: number;
}

/** ListPage is one page of a shard, in the order asked for. */
export interface ListPage {
  readonly items: readonly Snapshot[];
  /** Present when there may be more: every match up to and including this id is in `items`. */
  readonly coveredTo?: string;
}
