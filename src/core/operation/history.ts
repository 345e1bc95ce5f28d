/** keptAttempts is how many attempts of an operation are recorded, the latest. */
export const keptAttempts = 20;

/** keptReports is how many progress reports of an attempt are recorded, the latest. */
export const keptReports = 20;

/**
 * History is the record of an operation's attempts, apart from what the operation itself says: nothing for a single
 * attempt without reports. It is written with changes that are written anyway, and is not part of the public state.
 * Older code keeps it unchanged, and so leaves out what happens meanwhile.
 */
export interface History {
  /** Attempts that ended and did not end the operation, oldest first. */
  readonly past?: readonly PastAttempt[];
  /** The latest attempt, if there is more to record than the operation says. */
  readonly present?: PresentAttempt;
  /** Whether there are rows of its attempts beside the operation; see AttemptRows. */
  readonly rows?: true;
}

/**
 * Ending is how an attempt ended: with an outcome, lost, released by its worker, parked to continue later, postponed
 * without doing anything (only the last of several in a row is kept), or after undoing steps.
 */
export type Ending = (typeof endings)[number];

/** endings lists every Ending. */
export const endings = [
  "succeeded",
  "failed",
  "canceled",
  "interrupted",
  "released",
  "parked",
  "postponed",
  "compensated",
] as const;

/** PastAttempt is an attempt that ended without ending its operation. Times are milliseconds. */
export interface PastAttempt {
  readonly attempt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: Ending;
  readonly error?: { readonly code: string; readonly message: string };
  readonly worker?: string;
  /** Whether it only undid steps. */
  readonly isUndoing?: true;
}

/** PresentAttempt is the latest attempt that started; it applies only if it has the operation's attempt number. */
export interface PresentAttempt {
  readonly attempt: number;
  readonly startedAt: number;
  /** The name of the worker that claimed it. */
  readonly worker?: string;
  /** Whether it only undoes steps. */
  readonly isUndoing?: true;
  /** Its progress reports, oldest first. */
  readonly reports?: readonly ProgressReport[];
}

/** ProgressReport is the progress of an attempt at a time, in milliseconds. */
export interface ProgressReport {
  readonly at: number;
  readonly percent?: number;
  readonly message?: string;
}
