import { failure } from "../errors.ts";

/**
 * Large payloads are in a bucket. A row in the map is written before anything is stored there, and deleted last:
 *
 * - L1. Each attempt writes under its own key, `{tenant}/{shard}/{id}/{attempt}.{random}`, as a multipart upload: there
 *   is no object before the upload is completed, and none appears after it was aborted.
 * - L2. The write that ends the operation keeps the upload that its result names, and dooms all others.
 * - L3. A doomed upload is aborted, then removed from the bucket; then its row is deleted. This is retried until it
 *   succeeds, even after a crash.
 * - L4. The body of a request that creates an operation arrives first: its row lapses if the Worker that receives it
 *   does not renew it, and the write that creates the operation keeps it.
 */

/**
 * partSize is the size of each part except the last, in bytes: 5 GiB are 1,024 of them. A bucket requires at least 5
 * MiB.
 */
export const partSize = 5 * 1024 * 1024;

/** maxUploads is how many uploads one object has at once; others wait. Each has one part in memory. */
export const maxUploads = 4;

/** UploadAsk requests an upload for the result of an attempt. */
export interface UploadAsk {
  readonly attempt: number;
  /** Whether an outside worker makes the attempt. */
  readonly isExternal: boolean;
  readonly mediaType: string;
  /** How long to wait for a free upload, in milliseconds. */
  readonly patience: number;
}

/** Upload is an upload to the bucket in progress. */
export interface Upload {
  readonly key: string;
  /** The bucket's id of the multipart upload. */
  readonly upload: string;
  /** Its largest size, in bytes, as far as the object knows. */
  readonly limit: number;
}

/** longestSilence is how long the body of a request may pause, in milliseconds. */
export const longestSilence = 60_000;

/**
 * arrivalLease is how long an object keeps the upload of a request's body without a renewal by the Worker that receives
 * it, in milliseconds, and renewEvery how often that renews it, however slowly the body arrives or the bucket stores
 * it.
 */
export const arrivalLease = 60_000;
export const renewEvery = 15_000;

/** longestArrival is how long the body of a request may take to arrive, in milliseconds. */
export const longestArrival = 6 * 3_600_000;

/**
 * ArrivalOrder is a request of a Worker to an object while it receives the body of a request that will create an
 * operation; a result is only abandoned with it.
 */
export type ArrivalOrder =
  /** Starts an upload; `patience` is how long to wait for a free one, in milliseconds. */
  | { readonly type: "begin"; readonly patience: number }
  /** The body is still arriving. */
  | { readonly type: "renew"; readonly key: string }
  /** The body, or a result, is abandoned; `isFull` says that it exceeds the rest of MAX_STORAGE. */
  | { readonly type: "abandon"; readonly key: string; readonly isFull?: boolean };

/** noBucket is the error if there is no bucket for a large result. */
export const noBucket = failure(
  "unavailable",
  "This Worker has no bucket for large results (RESULTS)",
);
