import type { NewLine } from "./log-line.ts";
import type { Operation, OperationError } from "./operation/operation.ts";

/** maxClaimKinds is how many kinds one claim may name: a waiting socket has ten tags, one of them its own. */
export const maxClaimKinds = 9;

/** maxClaim is how many operations one claim may take. */
export const maxClaim = 100;

/** maxClaimInput limits the inputs that one claim returns, in characters; the first is always returned. */
export const maxClaimInput = 8 * 1024 * 1024;

/** Leases, in milliseconds. */
export const defaultLease = 60_000;
export const minLease = 1_000;
export const maxLease = 24 * 3_600_000;

/** ClaimCommand asks for external work of any of these kinds, by priority and age. */
export interface ClaimCommand {
  readonly kinds: readonly string[];
  readonly max: number;
  /** Milliseconds for which each attempt is the claimer's, unless it extends them. */
  readonly lease: number;
  /** The name of the worker. */
  readonly worker?: string;
}

/** maxWorker limits the name of a worker, in characters. */
export const maxWorker = 128;

/** Claimed is an operation whose current attempt is now the claimer's. */
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

/** WorkReport is what a worker says of its attempt under way. */
export interface WorkReport {
  readonly attempt: number;
  readonly percentComplete?: number;
  readonly statusMessage?: string;
  /** JSON text, in the place of what was noted before. */
  readonly metadata?: string;
  /** Milliseconds from now for which the attempt stays the worker's. */
  readonly lease?: number;
  /** What it logged, oldest first. */
  readonly log?: readonly NewLine[];
}

/** OutputWrite is output that an attempt has written. */
export interface OutputWrite {
  readonly attempt: number;
  /** Whether a worker elsewhere makes the attempt. */
  readonly isExternal: boolean;
  /** Where it belongs: what has been stored of it before is not stored again. Without it, at the end. */
  readonly offset?: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** WorkEnd is how a worker says that its attempt ended. */
export type WorkEnd =
  | { readonly attempt: number; readonly result: string; readonly size: number }
  | { readonly attempt: number; readonly error: OperationError; readonly retryable: boolean };
