import type { Fields } from "../base/log.ts";
import type { DocumentKey } from "../core/document.ts";
import type { Failure } from "../core/errors.ts";
import type { MovedOperation, MoveOrder, Moves } from "../core/moving/moving.ts";
import type { Operation } from "../core/operation/operation.ts";
import type { Payload, Snapshot } from "../core/reply.ts";

/**
 * Moving exports a tenant's operations and imports them. Most Workers never do, so what they are made of
 * comes in one import, though it belongs to several floors: what each of them is handed, the others do not know.
 */
export interface Moving {
  readonly handlers: Readonly<
    Record<"exportOperations" | "importOperations", (...request: never[]) => Promise<Response>>
  >;
  /** room returns the part of the object. */
  room(around: MovingSurroundings): MovingRoom;
}

/** MovingRoom is what an object does for operations that leave it, or come to it. */
export interface MovingRoom {
  /** take does what is asked. */
  take(order: MoveOrder): Promise<Moves[keyof Moves]>;
}

/** MovingSurroundings are what a MovingRoom needs of the object. */
export interface MovingSurroundings {
  /** The id of the object. */
  readonly object: string;
  readonly sql: SqlStorage;
  readonly documents: MovedDocumentStore;
  /** settle resolves once whatever is due of some operations is done; undefined if that is nothing. */
  settle(ids: readonly string[]): Promise<void> | undefined;
  /** row returns what the row of an operation holds that is there and not expired. */
  row(id: string, now: number): Omit<MovedOperation, "id" | "rows"> | undefined;
  /** byKey returns the operation that an idempotency key made, while it lives. */
  byKey(key: string, now: number): Snapshot | undefined;
  /** hasAdvanced says whether an attempt has stored something that the next goes on from. */
  hasAdvanced(id: string, attempt: number): boolean;
  /** before is called before anything changes. */
  before(): void;
  /** full returns why a number of bytes cannot be stored, if they cannot. */
  full(now: number, bytes: number): Failure | undefined;
  /** expired removes an operation that nobody has removed since it expired. */
  expired(id: string, now: number): void;
  /** insert adds an operation, and returns it as it stands in the map. */
  insert(op: Operation, input: string | null, result: Payload | null, now: number): Snapshot;
  /** resume goes on with the delivery of an operation that has come. */
  resume(snapshot: Snapshot, now: number): void;
  /** arrived tells the object of an operation that has come. */
  arrived(snapshot: Snapshot, now: number): void;
  /** nextRevision returns the revision of a document that is being stored. */
  nextRevision(now: number): number;
  /** whole runs a write that holds as a whole or not at all. */
  whole<T>(write: () => T): T;
  /** make runs a change that may make the first operation here. */
  make<T>(write: () => T): Promise<T>;
  /** failed is told of what was thrown and nobody expected. */
  failed(thrown: unknown, fields: Fields): void;
}

/** MovedDocumentStore keeps documents. */
export interface MovedDocumentStore {
  get(key: DocumentKey): StampedDocument | undefined;
  insert(key: DocumentKey, document: StampedDocument): void;
}

interface StampedDocument {
  /** JSON text, the stamps in it too. */
  readonly doc: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly revision: number;
}
