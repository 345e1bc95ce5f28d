import type { Event } from "../core/operation/event.ts";
import type { Upload, UploadAsk } from "../core/operation/large.ts";
import type { Operation } from "../core/operation/operation.ts";
import type { Reply, Snapshot } from "../core/reply.ts";
import type { AttemptReports } from "./attempt.ts";
import type { ResultBucket } from "./result-room.ts";

/** Large is what a Worker does with a bucket: `large` of `edge-operations/large`. */
export interface Large {
  /** room is what an object knows of the bucket. */
  room(around: LargeSurroundings): LargeRoom;
  /** attempt is the bucket as one attempt of a kind in the code writes to it. */
  attempt(bucket: R2Bucket, around: AttemptSurroundings): ResultBucket;
  /** read returns the bytes from `start` to before `end`, as they are read; undefined of what is not there. */
  read(
    bucket: R2Bucket,
    key: string,
    start: number,
    end: number,
  ): Promise<AsyncGenerator<Uint8Array, void> | undefined>;
}

/** AttemptSurroundings are what the bucket of an attempt needs of it. */
export interface AttemptSurroundings {
  readonly id: string;
  readonly attempt: number;
  /** How large a result may be, in bytes. */
  readonly maxResult: number;
  object(): Pick<AttemptReports, "beginUpload">;
  /** aborted rejects once the attempt should end. */
  aborted(): Promise<never>;
}

/** LargeSurroundings are what a LargeRoom needs of its object. */
export interface LargeSurroundings {
  readonly sql: SqlStorage;
  /** The bucket, if there is one here. */
  readonly bucket: R2Bucket | undefined;
  /** The name of the object, if it knows it. */
  readonly name: string | undefined;
  /** How many bytes the object may store in all. */
  readonly share: number;
  /** get returns an operation that is there. */
  get(id: string): Operation | undefined;
  send(id: string, event: Event): Reply<Snapshot>;
  /** join runs writes in the object's next group of them. */
  join<T>(write: () => T): Promise<T>;
  /** noted says how to take back what a write has just noted in memory. */
  noted(undo: () => void): void;
  /** held runs something once the rows hold that have been written so far. */
  held(follow: () => void): void;
  /** keepAwake holds the object until the promise settles. */
  keepAwake(promise: Promise<unknown>): void;
  /** hit is told that a limit has refused something. */
  hit(): void;
  /** failed is told what the bucket has refused. */
  failed(thrown: unknown): void;
}

/** LargeRoom is what an object knows of the bucket; core/operation/large.ts says what holds. */
export interface LargeRoom {
  readonly event: string;
  /** size is how much of the bucket is kept for operations of the object, in bytes. */
  readonly size: number;
  /** begin makes a place in the bucket for the result of an attempt under way. */
  begin(id: string, ask: UploadAsk): Promise<Reply<Upload>>;
  /** changed keeps what a result names, and dooms what an attempt that is over has written. */
  changed(before: Operation | undefined, after: Snapshot): (() => void) | undefined;
  /** forget dooms what is kept of an operation that is removed. */
  forget(op: Operation): void;
  /** erase removes all from the bucket that is the object's, and aborts what is being written. The rows stay. */
  erase(): Promise<void>;
  /** sweep dooms what older code has left, and what nobody writes any more. */
  sweep(now: number): void;
  /** launch begins to remove what is doomed. It does not throw. */
  launch(now: number): void;
  /** next is when the object must wake for it, or infinity. */
  next(now: number): number;
}
