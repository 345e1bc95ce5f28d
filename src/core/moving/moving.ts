import type { Result } from "../../base/result.ts";
import type { Webhook } from "../delivery.ts";
import type { MovedDocument, MovedDocumentPage } from "../document.ts";
import type { Failure } from "../errors.ts";
import type { Operation } from "../operation/operation.ts";
import type { Payload } from "../reply.ts";
import type { UpstreamRequest } from "../upstream-request.ts";

/**
 * movedTables are the tables whose rows go with their operations from one deployment to another, with their
 * columns in order; each has the operation's id before these.
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

/** MovedRow is a row of one of them, its values in the order of the columns. */
export type MovedRow = readonly [
  table: MovedTable,
  ...values: (string | number | null | ArrayBuffer)[],
];

/** MovedOperation is an operation with all that is kept of it, as it is stored. */
export interface MovedOperation {
  readonly id: string;
  /** The Operation as JSON. */
  readonly doc: string;
  /** As JSON text; null where it is among the rows. */
  readonly input: string | null;
  /** Null if there is none, or where it is among the rows. */
  readonly result: Payload | null;
  readonly rows: readonly MovedRow[];
}

/** Unreadable is an operation whose rows are damaged. */
export interface Unreadable extends Pick<MovedOperation, "id"> {
  /** What is wrong. */
  readonly unreadable: string;
}

/** RowsPlace is a place among the rows of one operation: a number of a table, and of a row in it. */
export type RowsPlace = readonly [table: number, row: number];

/** ExportPage is some operations of a shard, in the order of their ids. */
export interface ExportPage {
  /** Of one whose rows are too large to come along, the id alone. */
  readonly operations: readonly (MovedOperation | Unreadable | Pick<MovedOperation, "id">)[];
  readonly hasMore: boolean;
}

/** RowsPage is some of the rows of one operation, with how that stands. */
export interface RowsPage extends MovedOperation {
  readonly next?: RowsPlace;
}

/** Arriving is an operation that comes from another deployment. */
export interface Arriving extends MovedOperation {
  /** What tells its lines in the file from any others. */
  readonly hash: string;
  /** How many times rows of it were sent ahead. */
  readonly ahead: number;
}

/** Arrival is what became of it. */
export type Arrival = "accepted" | "unchanged" | "expired" | { readonly error: Failure };

/** MoveOrder is what an object is asked for that operations leave, or come to. */
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

/** Moves are its answers, by the type of the order. */
export interface Moves {
  readonly page: ExportPage;
  readonly documents: MovedDocumentPage;
  readonly arriveDocuments: readonly Arrival[];
  /** Undefined for an operation that is gone. */
  readonly rows: RowsPage | Unreadable | undefined;
  readonly ahead: boolean;
  readonly arrive: readonly Arrival[];
}

/** MoveRules are what the configuration says that concerns it. Durations are milliseconds. */
export interface MoveRules {
  readonly shards: number;
  readonly maxTtl: number;
  /** What else holds for some kinds, by name. */
  readonly retention: Readonly<Record<string, { readonly maxTtl?: number }>>;
  readonly maxDeadline: number;
  /** Bytes. */
  readonly maxBody: number;
  /** WEBHOOK_SECRET: the URLs of webhooks are sealed by the first root secret, and opened by any. */
  readonly webhookSecrets: readonly string[];
}

/** AskedWork is what an operation says of its work beside the input. */
export interface AskedWork extends Pick<Operation, "kind" | "labels"> {
  readonly external?: true | undefined;
  readonly upstream?: UpstreamRequest | undefined;
  readonly waitDeadline?: number | undefined;
}

/** MovingMap is a tenant's map, as far as operations leave it and come to it. */
export interface MovingMap {
  ask<T extends MoveOrder["type"]>(
    shard: number,
    order: MoveOrder & { readonly type: T },
  ): Promise<Moves[T]>;
  /** webhook returns a webhook as this deployment would take it, or why it would not. */
  webhook(url: string, format: string | undefined): Result<Webhook, string>;
  /** unstartable returns why no create of today could ask for the work of an operation, if none could. */
  unstartable(op: AskedWork, input: string): Promise<Failure | undefined>;
}
