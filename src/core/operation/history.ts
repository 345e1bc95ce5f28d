/** keptAttempts is how many attempts of an operation are told, the latest. */
export const keptAttempts = 20;

/** keptReports is how many reports of progress of an attempt are told, the latest. */
export const keptReports = 20;

/**
 * History is what is remembered of an operation's attempts beside what the operation says itself:
 * nothing for one attempt that says nothing. It is written with changes that are written anyway, and no
 * monitor shows it. Older code keeps it as it is, and so leaves out what happened meanwhile.
 */
export interface History {
  /** Attempts that ended and did not end the operation, oldest first. */
  readonly past?: readonly PastAttempt[];
  /** The latest attempt to begin, where there is more to say of it than the operation does. */
  readonly present?: PresentAttempt;
  /** Whether rows beside the operation tell of its attempts; see AttemptRows. */
  readonly rows?: true;
}

/**
 * Ending is how an attempt ended: by itself, lost, given back by a worker, parked to go on later,
 * postponed, having done nothing (of those in a row the last is kept), or through with undoing steps.
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

/** PastAttempt is an attempt that ended and did not end its operation. Times are milliseconds. */
export interface PastAttempt {
  readonly attempt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: Ending;
  readonly error?: { readonly code: string; readonly message: string };
  readonly worker?: string;
  /** Whether it undid steps, and nothing else. */
  readonly isUndoing?: true;
}

/** PresentAttempt is the latest attempt to begin; it counts only if it is the operation's own. */
export interface PresentAttempt {
  readonly attempt: number;
  readonly startedAt: number;
  /** What the worker that claimed it calls itself. */
  readonly worker?: string;
  /** Whether it undoes steps, and nothing else. */
  readonly isUndoing?: true;
  /** What it has reported, oldest first. */
  readonly reports?: readonly ProgressReport[];
}

/** ProgressReport is what an attempt said of its progress at a time, in milliseconds. */
export interface ProgressReport {
  readonly at: number;
  readonly percent?: number;
  readonly message?: string;
}
