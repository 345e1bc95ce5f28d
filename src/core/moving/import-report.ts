/** ImportReport is what became of the lines of a file, or of a part of one. */
export interface ImportReport {
  /** How many lines were read. */
  readonly lines: number;
  readonly accepted: number;
  /** There already, from the same lines or with the same content. */
  readonly unchanged: number;
  /** Over by now: nothing is stored of them. */
  readonly expired: number;
  readonly refused: number;
  /** Those that the export could not read: the file has only their ids. */
  readonly skipped: number;
  /** The first thousand of those that are refused. */
  readonly problems: readonly ImportProblem[];
  /** Whether it was a whole export, from its first line to its last, as it was written. */
  readonly isWhole: boolean;
  /** The line to go on from, counted from 1, where one request takes no more. */
  readonly next?: number;
}

/** ImportProblem is why the operation that ends in a line is refused. */
export interface ImportProblem {
  /** From 1. */
  readonly line: number;
  readonly id?: string;
  readonly code: string;
  readonly message: string;
}
