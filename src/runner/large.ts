import type { Failure } from "../core/errors.ts";
import type { Event } from "../core/operation/event.ts";
import type { ArrivalOrder, Upload, UploadAsk } from "../core/operation/large.ts";
import type { Operation, ResultHead, Uploaded } from "../core/operation/operation.ts";
import type { Created, Reply, Snapshot } from "../core/reply.ts";
import type { WorkReport } from "../core/work.ts";
import type { AttemptReports } from "./attempt.ts";
import type { LargeBody, ResultBucket } from "./result-room.ts";

/** Large is what a Worker does with a bucket: `large` of `edge-operations/large`. */
export interface Large {
  /** room returns what an object knows of the bucket. */
  room(around: LargeSurroundings): LargeRoom;
  /** attempt returns the bucket as one attempt of a kind in the code writes to it. */
  attempt(bucket: R2Bucket, around: AttemptSurroundings): ResultBucket;
  /** read returns the bytes from `start` to before `end`, as they are read; undefined of what is not there. */
  read(
    bucket: R2Bucket,
    key: string,
    start: number,
    end: number,
  ): Promise<AsyncGenerator<Uint8Array, void> | undefined>;
  /** open returns the whole of an object as a stream of that size; undefined of what is not there. */
  open(bucket: R2Bucket, of: Uploaded): Promise<ReadableStream<Uint8Array> | undefined>;
  /** receive writes the body of a request into an upload. It does not throw, and leaves nothing where it is refused. */
  receive(bucket: R2Bucket, upload: Upload, receiving: Receiving): Promise<Reply<Received>>;
  /** arrive takes in the body of a request that is to make an operation (L4), or returns why not. */
  arrive(bucket: R2Bucket, arriving: Arriving): Promise<Reply<Arrived>>;
  /** complete takes in the result of a worker elsewhere, and ends its attempt with it, or returns why not. */
  complete(bucket: R2Bucket, completing: Completing): Promise<Reply<Snapshot>>;
}

/** Bucket is a bucket, and what is done with it. */
export interface Bucket {
  readonly large: Large;
  readonly bucket: R2Bucket;
}

/** Completing is the result of a worker elsewhere as it arrives. */
export interface Completing extends Omit<Receiving, "what" | "renew"> {
  readonly object: Arriving["object"] & {
    beginUpload(id: string, ask: UploadAsk): Promise<Reply<Upload>>;
    report(id: string, report: WorkReport): Promise<Reply<Snapshot>>;
    endWith(id: string, attempt: number, result: ResultHead): Promise<Reply<Snapshot>>;
  };
  readonly id: string;
  readonly attempt: number;
  readonly mediaType: string;
  /** keep lets a promise settle although whoever asked has gone. */
  keep(promise: Promise<unknown>): void;
}

/** Arriving is the body of a request that is to make an operation of an object. */
export interface Arriving extends Omit<Receiving, "renew"> {
  readonly object: { arrival(order: ArrivalOrder): Promise<Reply<Partial<Upload>>> };
  /** keep lets a promise settle although whoever asked has gone. */
  keep(promise: Promise<unknown>): void;
}

/** Arrived is a body in the bucket that no operation has yet. */
export interface Arrived extends Received {
  readonly key: string;
  /** abandon says that no operation is made of it. */
  abandon(): void;
}

/** Receiving is the body of a request as it arrives. */
export interface Receiving {
  readonly body: LargeBody;
  /** How much it may be, in bytes, whatever the upload says. */
  readonly limit: number;
  /** What it is called where it is refused: `body`, or `result`. */
  readonly what: string;
  /** renew is called again and again until all has arrived, and resolves with false where nobody waits for it any more. */
  renew?(): Promise<boolean>;
}

/** Received is what has arrived. */
export interface Received {
  /** Bytes. */
  readonly size: number;
  /** As lower-case hex. */
  readonly sha256: string;
}

/** AttemptSurroundings are what the bucket of an attempt needs of it. */
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
  /** full returns why no operation can be made, if none can. */
  full(): Failure | undefined;
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
  /** arrival does what a Worker asks while it receives the body of a request. */
  arrival(order: ArrivalOrder): Promise<Reply<Partial<Upload>>>;
  /** arrived makes an operation of which the body has arrived, and keeps that; else it is doomed. */
  arrived(upload: Uploaded, make: (keep: (id: string) => void) => Reply<Created>): Reply<Created>;
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
  /** next returns when the object must wake for it, or infinity. */
  next(now: number): number;
}
