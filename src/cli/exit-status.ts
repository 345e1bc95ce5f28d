/** ExitStatus is how kubecfg ends, for scripts to tell apart. */
export const ExitStatus = {
  ok: 0,
  /** The operation failed, was canceled, is not there, or is in no state for what was asked. */
  failed: 1,
  /** The command line, or what was sent for it, is not right. */
  usage: 2,
  /** The service was not reached, was in trouble, or does not allow it; or the port of the proxy is taken. */
  unreachable: 3,
  /** Not in the time that was given. */
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

/** usage returns a CommandFailure for a command line that cannot be. */
export function usage(message: string): CommandFailure {
  return new CommandFailure(ExitStatus.usage, message);
}

/** worst is the status of several things done in one command: that of the one that went worst. */
export function worst(statuses: readonly Status[]): Status {
  return statuses.reduce<Status>((all, one) => (one > all ? one : all), ExitStatus.ok);
}
