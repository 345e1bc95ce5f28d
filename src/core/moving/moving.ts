import type { Result } from "../../base/result.ts";
import type { Webhook } from "../delivery.ts";
import type { MovedDocument, MovedDocumentPage } from "../document.ts";
import type { Failure } from "../errors.ts";
import type { Operation } from "../operation/operation.ts";
import type { Payload } from "../reply.ts";
import type { UpstreamRequest } from "../upstream-request.ts";

/**
 * movedTables are the tables whose rows move with their operations to another deployment, with their columns in order;
 * each also has the operation's id, before these.
 */
export const movedTables = {
  chunks: ["field", "part", "body"],
  steps: ["name", "seq", "size", "doc", "value"],
  attempts: ["attempt", "doc"],
  output: ["offset", "attempt", "body"],
  deliveries: ["next_at", "doc", "body"],
} as const;

/** MovedTable is the name of one of them. */
export type MovedTable = keyof typeof movedTables;

/** MovedRow is a row of such a table, its values in the order of the columns. */
export type MovedRow = readonly [
  table: MovedTable,
  ...values: (string | number | null | ArrayBuffer)[],
];

/** MovedOperation is an operation with everything stored for it, as it is stored. */
export interface MovedOperation {
  readonly id: string;
  /** The Operation as JSON. */
  readonly doc: string;
  /** As JSON text; null if it is among the rows. */
  readonly input: string | null;
  /** Null if there is none, or if it is among the rows. */
  readonly result: Payload | null;
  readonly rows: readonly MovedRow[];
}

/** Unreadable is an operation whose rows are damaged. */
export interface Unreadable extends Pick<MovedOperation, "id"> {
  /** What is wrong. */
  readonly unreadable: string;
}

/** RowsPlace is a position among the rows of one operation: the index of a table, and of a row in it. */
export type RowsPlace = readonly [table: number, row: number];

/** ExportPage is some operations of a shard, in the order of their ids. */
export interface ExportPage {
  /** Only the id, if its rows are too large to be included. */
  readonly operations: readonly (MovedOperation | Unreadable | Pick<MovedOperation, "id">)[];
  readonly hasMore: boolean;
}

/** RowsPage is some of the rows of one operation, with its current state. */
export interface RowsPage extends MovedOperation {
  readonly next?: RowsPlace;
}

/** Arriving is an operation from another deployment. */
export interface Arriving extends MovedOperation {
  /** A hash of its lines in the file. */
  readonly hash: string;
  /** How many times some of its rows were sent ahead. */
  readonly ahead: number;
}

/** Arrival is the outcome for an arriving operation. */
export type Arrival = "accepted" | "unchanged" | "expired" | { readonly error: Failure };

/** MoveOrder is a request to an object about operations that leave it, or arrive. */
export type MoveOrder =
  | { readonly type: "page"; readonly after: string }
  | { readonly type: "documents"; readonly storage: string; readonly after: string }
  | { readonly type: "arriveDocuments"; readonly documents: readonly MovedDocument[] }
  | { readonly type: "rows"; readonly id: string; readonly place: RowsPlace }
  | {
      readonly type: "ahead";
      readonly id: string;
      readonly rows: readonly MovedRow[];
      readonly number: number;
    }
  | { readonly type: "arrive"; readonly operations: readonly Arriving[]; readonly starts: boolean };

/** Moves are the replies, by the type of the order. */
export interface Moves {
  readonly page: ExportPage;
  readonly documents: MovedDocumentPage;
  readonly arriveDocuments: readonly Arrival[];
  /** Undefined for an operation that is gone. */
  readonly rows: RowsPage | Unreadable | undefined;
  readonly ahead: boolean;
  readonly arrive: readonly Arrival[];
}

/** MoveRules are the relevant settings. Durations are milliseconds. */
export interface MoveRules {
  readonly shards: number;
  readonly maxTtl: number;
  /** The retention of some kinds, by name. */
  readonly retention: Readonly<Record<string, { readonly maxTtl?: number }>>;
  readonly maxDeadline: number;
  /** Bytes. */
  readonly maxBody: number;
  /** WEBHOOK_SECRET: the first root secret seals the URLs of webhooks, and any opens them. */
  readonly webhookSecrets: readonly string[];
}

/** AskedWork is what an operation requests of its work, apart from the input. */
export interface AskedWork extends Pick<Operation, "kind" | "labels"> {
  readonly external?: true | undefined;
  readonly upstream?: UpstreamRequest | undefined;
  readonly waitDeadline?: number | undefined;
}

/** MovingMap is the part of a tenant's map that moving operations needs. */
export interface MovingMap {
  ask<T extends MoveOrder["type"]>(
    shard: number,
    order: MoveOrder & { readonly type: T },
  ): Promise<Moves[T]>;
  /** webhook returns a webhook as this deployment accepts it, or why it does not. */
  webhook(url: string, format: string | undefined): Result<Webhook, string>;
  /**
   * unstartable returns why a create would be refused today that asks for the work of an operation, or undefined if
   * none would be.
   */
  unstartable(op: AskedWork, input: string): Promise<Failure | undefined>;
}
