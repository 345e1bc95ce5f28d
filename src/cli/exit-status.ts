/** ExitStatus lists the exit statuses of kubecfg, so that scripts can tell outcomes apart. */
export const ExitStatus = {
  ok: 0,
  /** The operation failed, was canceled, does not exist, or is in the wrong state for the request. */
  failed: 1,
  /** The command line, or what was sent for it, is wrong. */
  usage: 2,
  /** The service could not be reached, failed, or denied access; or the proxy's port is taken. */
  unreachable: 3,
  /** The given time was not enough. */
  timedOut: 4,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

/** Status is one of ExitStatus. */
export type Status = (typeof ExitStatus)[keyof typeof ExitStatus];

/** CommandFailure ends a command with a line on standard error and a status. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly status: Status;

  /** @param message says what is wrong and what to do next, in one line without a full stop */
  constructor(status: Status, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** usage returns a CommandFailure for an invalid command line. */
export function usage(message: string): CommandFailure {
  return new CommandFailure(ExitStatus.usage, message);
}

/** worst returns the status of several things done in one command: the worst one. */
export function worst(statuses: readonly Status[]): Status {
  return statuses.reduce<Status>((all, one) => (one > all ? one : all), ExitStatus.ok);
}
