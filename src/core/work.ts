import type { NewLine } from "./log-line.ts";
import type { Operation, OperationError } from "./operation/operation.ts";

/**
 * maxClaimKinds is how many kinds one claim may name: a waiting socket has at most ten tags, one of which is its own.
 */
export const maxClaimKinds = 9;

/** maxClaim is how many operations one claim may return. */
export const maxClaim = 100;

/** maxClaimInput limits the inputs that one claim returns, in characters; the first is always returned. */
export const maxClaimInput = 8 * 1024 * 1024;

/** Leases, in milliseconds. */
export const defaultLease = 60_000;
export const minLease = 1_000;
export const maxLease = 24 * 3_600_000;

/** ClaimCommand claims external work of any of these kinds, by priority and age. */
export interface ClaimCommand {
  readonly kinds: readonly string[];
  readonly max: number;
  /** The lease of each attempt in milliseconds, unless it is extended. */
  readonly lease: number;
  /** The name of the worker. */
  readonly worker?: string;
}

/** maxWorker limits the name of a worker, in characters. */
export const maxWorker = 128;

/** Claimed is an operation whose current attempt the claimer now holds. */
export interface Claimed {
  readonly op: Operation;
  /** JSON text, empty if there is none. */
  readonly input: string;
}

/** ClaimedAttempt names a claimed attempt. */
export interface ClaimedAttempt {
  readonly id: string;
  readonly attempt: number;
}

/** WorkReport is a worker's report about its current attempt. */
export interface WorkReport {
  readonly attempt: number;
  readonly percentComplete?: number;
  readonly statusMessage?: string;
  /** JSON text that replaces the previous metadata. */
  readonly metadata?: string;
  /** By how many milliseconds from now the lease is extended. */
  readonly lease?: number;
  /** Its log lines, oldest first. */
  readonly log?: readonly NewLine[];
}

/** OutputWrite is output of an attempt. */
export interface OutputWrite {
  readonly attempt: number;
  /** Whether an outside worker makes the attempt. */
  readonly isExternal: boolean;
  /** The offset of the bytes; those stored already are not stored again. Default: the end. */
  readonly offset?: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** WorkEnd is how a worker reports the end of its attempt. */
export type WorkEnd =
  | { readonly attempt: number; readonly result: string; readonly size: number }
  | { readonly attempt: number; readonly error: OperationError; readonly retryable: boolean };
