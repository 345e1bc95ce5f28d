import type { Failure } from "../core/errors.ts";
import type { Event } from "../core/operation/event.ts";
import type { ArrivalOrder, Upload, UploadAsk } from "../core/operation/large.ts";
import type { Operation, ResultHead, Uploaded } from "../core/operation/operation.ts";
import type { Created, Reply, Snapshot } from "../core/reply.ts";
import type { WorkReport } from "../core/work.ts";
import type { AttemptReports } from "./attempt.ts";
import type { LargeBody, ResultBucket } from "./result-room.ts";

/** Large is how a Worker uses its bucket: `large` of `edge-operations/large`. */
export interface Large {
  /** room returns the part of an object that keeps track of the bucket. */
  room(around: LargeSurroundings): LargeRoom;
  /** attempt returns the bucket for one attempt of a kind in code to write to. */
  attempt(bucket: R2Bucket, around: AttemptSurroundings): ResultBucket;
  /** read returns bytes, from `start` up to and without `end`, as they are read; undefined if there is no object. */
  read(
    bucket: R2Bucket,
    key: string,
    start: number,
    end: number,
  ): Promise<AsyncGenerator<Uint8Array, void> | undefined>;
  /** open returns a whole object as a stream of its size; undefined if there is no such object. */
  open(bucket: R2Bucket, of: Uploaded): Promise<ReadableStream<Uint8Array> | undefined>;
  /** receive writes the body of a request to an upload. It does not throw, and leaves nothing behind if it refuses. */
  receive(bucket: R2Bucket, upload: Upload, receiving: Receiving): Promise<Reply<Received>>;
  /** arrive receives the body of a request that is to create an operation (L4), or returns why not. */
  arrive(bucket: R2Bucket, arriving: Arriving): Promise<Reply<Arrived>>;
  /** complete receives the result of an outside worker, and ends its attempt with it, or returns why not. */
  complete(bucket: R2Bucket, completing: Completing): Promise<Reply<Snapshot>>;
}

/** Bucket is a bucket and how it is used. */
export interface Bucket {
  readonly large: Large;
  readonly bucket: R2Bucket;
}

/** Completing is the result of an outside worker that is arriving. */
export interface Completing extends Omit<Receiving, "what" | "renew"> {
  readonly object: Arriving["object"] & {
    beginUpload(id: string, ask: UploadAsk): Promise<Reply<Upload>>;
    report(id: string, report: WorkReport): Promise<Reply<Snapshot>>;
    endWith(id: string, attempt: number, result: ResultHead): Promise<Reply<Snapshot>>;
  };
  readonly id: string;
  readonly attempt: number;
  readonly mediaType: string;
  /** keep lets a promise settle even if the client has gone. */
  keep(promise: Promise<unknown>): void;
}

/** Arriving is the body of a request that is to create an operation in an object. */
export interface Arriving extends Omit<Receiving, "renew"> {
  readonly object: { arrival(order: ArrivalOrder): Promise<Reply<Partial<Upload>>> };
  /** keep lets a promise settle even if the client has gone. */
  keep(promise: Promise<unknown>): void;
}

/** Arrived is a body in the bucket that does not belong to an operation yet. */
export interface Arrived extends Received {
  readonly key: string;
  /** abandon gives the body up, because no operation is created with it. */
  abandon(): void;
}

/** Receiving is the body of a request that is arriving. */
export interface Receiving {
  readonly body: LargeBody;
  /** How large it may be, in bytes, whatever the upload allows. */
  readonly limit: number;
  /** What errors call it: `body` or `result`. */
  readonly what: string;
  /** renew is called repeatedly until all has arrived; it resolves with false if nobody waits for it any more. */
  renew?(): Promise<boolean>;
}

/** Received is a body that has arrived. */
export interface Received {
  /** Bytes. */
  readonly size: number;
  /** As lower-case hex. */
  readonly sha256: string;
}

/** AttemptSurroundings are what ResultBucket needs of its attempt. */
export interface AttemptSurroundings {
  readonly id: string;
  readonly attempt: number;
  /** How large a result may be, in bytes. */
  readonly maxResult: number;
  object(): Pick<AttemptReports, "beginUpload" | "arrival">;
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
  /** full returns why no operation can be created, or undefined if one can. */
  full(): Failure | undefined;
  /** get returns an operation, if it exists. */
  get(id: string): Operation | undefined;
  send(id: string, event: Event): Reply<Snapshot>;
  /** join runs a write in the object's next group. */
  join<T>(write: () => T): Promise<T>;
  /** noted registers how to undo what a write has just changed in memory. */
  noted(undo: () => void): void;
  /** held runs something once the rows written so far are on disk. */
  held(follow: () => void): void;
  /** keepAwake keeps the object alive until the promise settles. */
  keepAwake(promise: Promise<unknown>): void;
  /** hit counts that a limit has refused something. */
  hit(): void;
  /** failed receives errors of the bucket. */
  failed(thrown: unknown): void;
}

/** LargeRoom is the part of an object that keeps track of the bucket; core/operation/large.ts states its rules. */
export interface LargeRoom {
  readonly event: string;
  /** size is how much the operations of the object have in the bucket, in bytes. */
  readonly size: number;
  /** begin reserves a place in the bucket for the result of a running attempt. */
  begin(id: string, ask: UploadAsk): Promise<Reply<Upload>>;
  /** arrival does what a Worker asks for while it receives the body of a request. */
  arrival(order: ArrivalOrder): Promise<Reply<Partial<Upload>>>;
  /** arrived creates an operation whose body has arrived, and keeps the body; if that fails, it is to be removed. */
  arrived(upload: Uploaded, make: (keep: (id: string) => void) => Reply<Created>): Reply<Created>;
  /** changed keeps what a result refers to, and marks for removal what an attempt that has ended had written. */
  changed(before: Operation | undefined, after: Snapshot): (() => void) | undefined;
  /** forget marks for removal what an operation that is being removed has in the bucket. */
  forget(op: Operation): void;
  /** erase removes everything of the object from the bucket, and aborts uploads in progress. The rows stay. */
  erase(): Promise<void>;
  /** sweep marks for removal what older code has left behind, and uploads that have been given up. */
  sweep(now: number): void;
  /** launch begins to remove what is marked for removal. It does not throw. */
  launch(now: number): void;
  /** next returns when the object must wake up for it, or infinity. */
  next(now: number): number;
}
