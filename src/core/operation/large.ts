import { failure } from "../errors.ts";

/**
 * What is too large for the map is in a bucket. A row of the map says so before anything of it is written
 * there, and is the last to go:
 *
 * - L1. Each attempt writes under a key of its own, `{tenant}/{shard}/{id}/{attempt}.{random}`, in parts:
 *   nothing is there before its upload is completed, and once that is aborted nothing comes to be there.
 * - L2. The write that ends the operation keeps what its result names, and dooms all else of it.
 * - L3. What is doomed is aborted, then removed from the bucket; then its row goes. That is tried until it
 *   succeeds, whoever crashes meanwhile.
 * - L4. The body of a request that makes an operation arrives before there is one: its row lapses once the Worker
 *   that receives it is not heard of, and the write that makes the operation keeps it.
 */

/** partSize is the size of each part but the last, in bytes: 5 GiB are 1,024 of them. A bucket wants 5 MiB at least. */
export const partSize = 5 * 1024 * 1024;

/** maxUploads is how many are written at once for one object; others wait. Each has one part in memory. */
export const maxUploads = 4;

/** UploadAsk asks for a place in the bucket for the result of an attempt. */
export interface UploadAsk {
  readonly attempt: number;
  /** Whether a worker elsewhere makes the attempt. */
  readonly isExternal: boolean;
  readonly mediaType: string;
  /** How long to wait while as many are written as may be, in milliseconds. */
  readonly patience: number;
}

/** Upload is a place in the bucket that is being written. */
export interface Upload {
  readonly key: string;
  /** The bucket's id of the upload in parts. */
  readonly upload: string;
  /** How much it may be at the most, in bytes, as far as the object knows. */
  readonly limit: number;
}

/** longestSilence is how long nothing may arrive of the body of a request, in milliseconds. */
export const longestSilence = 60_000;

/**
 * arrivalLease is how long an object keeps a place for the body of a request without hearing of the Worker that
 * receives it, in milliseconds, and renewEvery how often that is heard of: however slowly bytes come or the
 * bucket stores them, for as long as the Worker does receive them.
 */
export const arrivalLease = 60_000;
export const renewEvery = 15_000;

/** longestArrival is how long the body of a request may take to arrive, in milliseconds. */
export const longestArrival = 6 * 3_600_000;

/**
 * ArrivalOrder is what a Worker asks of an object while it receives the body of a request that is to make an
 * operation; a result is only ever abandoned by it.
 */
export type ArrivalOrder =
  /** A place for it in the bucket; `patience` is how long to wait for a turn, in milliseconds. */
  | { readonly type: "begin"; readonly patience: number }
  /** It still arrives. */
  | { readonly type: "renew"; readonly key: string }
  /** Nothing comes of it, nor of a result: there was no room for it in MAX_STORAGE, where `isFull` says so. */
  | { readonly type: "abandon"; readonly key: string; readonly isFull?: boolean };

/** noBucket is why there is no place for a large result. */
export const noBucket = failure(
  "unavailable",
  "This Worker has no bucket for large results (RESULTS)",
);
