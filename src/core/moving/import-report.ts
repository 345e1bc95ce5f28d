/** ImportReport is the outcome of importing a file, or a part of one. */
export interface ImportReport {
  /** How many lines were read. */
  readonly lines: number;
  readonly accepted: number;
  /** Already there, from the same lines or with the same content. */
  readonly unchanged: number;
  /** Expired by now, so not stored. */
  readonly expired: number;
  readonly refused: number;
  /** Operations that the export could not read: the file has only their ids. */
  readonly skipped: number;
  /** The first thousand refused operations. */
  readonly problems: readonly ImportProblem[];
  /** Whether the file is a complete and unchanged export, from its first line to its last. */
  readonly isWhole: boolean;
  /** The line to continue from, counted from 1, if one request cannot take more. */
  readonly next?: number;
}

/** ImportProblem is why the operation that ends at a line is refused. */
export interface ImportProblem {
  /** From 1. */
  readonly line: number;
  readonly id?: string;
  readonly code: string;
  readonly message: string;
}
