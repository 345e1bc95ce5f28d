import type { Fields } from "../base/log.ts";
import type { DocumentKey } from "../core/document.ts";
import type { Failure } from "../core/errors.ts";
import type { MovedOperation, MoveOrder, Moves } from "../core/moving/moving.ts";
import type { Operation } from "../core/operation/operation.ts";
import type { Payload, Snapshot } from "../core/reply.ts";

/**
 * Moving exports and imports a tenant's operations. Most Workers never do, so everything that it needs comes with one
 * import, although it belongs to several floors; each floor knows only its own part.
 */
export interface Moving {
  readonly handlers: Readonly<
    Record<"exportOperations" | "importOperations", (...request: never[]) => Promise<Response>>
  >;
  /** room returns the part of the object. */
  room(around: MovingSurroundings): MovingRoom;
}

/** MovingRoom is the part of an object that exports and imports operations. */
export interface MovingRoom {
  /** take carries out an order. */
  take(order: MoveOrder): Promise<Moves[keyof Moves]>;
}

/** MovingSurroundings are what a MovingRoom needs of the object. */
export interface MovingSurroundings {
  /** The ID of the object. */
  readonly object: string;
  readonly sql: SqlStorage;
  readonly documents: MovedDocumentStore;
  /** settle returns undefined if these operations are up to date, and otherwise resolves once they are. */
  settle(ids: readonly string[]): Promise<void> | undefined;
  /** row returns the content of an operation's row, if the operation exists and has not expired. */
  row(id: string, now: number): Omit<MovedOperation, "id" | "rows"> | undefined;
  /** byKey returns the operation that an idempotency key created, while it exists. */
  byKey(key: string, now: number): Snapshot | undefined;
  /** hasAdvanced returns whether an attempt has stored something from which the next one continues. */
  hasAdvanced(id: string, attempt: number): boolean;
  /** before is called before anything changes. */
  before(): void;
  /** full returns why so many bytes cannot be stored, or undefined if they can. */
  full(now: number, bytes: number): Failure | undefined;
  /** expired removes an expired operation that has not been removed yet. */
  expired(id: string, now: number): void;
  /** insert adds an operation, and returns it as it is stored. */
  insert(op: Operation, input: string | null, result: Payload | null, now: number): Snapshot;
  /** resume continues the delivery of an imported operation's webhook. */
  resume(snapshot: Snapshot, now: number): void;
  /** arrived informs the object of an imported operation. */
  arrived(snapshot: Snapshot, now: number): void;
  /** nextRevision returns the revision for a document that is being stored. */
  nextRevision(now: number): number;
  /** whole runs a write that is stored as a whole or not at all. */
  whole<T>(write: () => T): T;
  /** make runs a change that may create the first operation here. */
  make<T>(write: () => T): Promise<T>;
  /** failed receives unexpected exceptions. */
  failed(thrown: unknown, fields: Fields): void;
}

/** MovedDocumentStore stores documents. */
export interface MovedDocumentStore {
  get(key: DocumentKey): StampedDocument | undefined;
  insert(key: DocumentKey, document: StampedDocument): void;
}

interface StampedDocument {
  /** JSON text, including the stamps. */
  readonly doc: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly revision: number;
}
