import { isFinished, type Operation, type OperationsClient } from "../client/index.ts";
import { abreast } from "./each.ts";
import { ExitStatus, type Status, worst } from "./exit-status.ts";
import { toldOf } from "./failures.ts";
import type { LiveBoard } from "./output/live-board.ts";
import { messageOf } from "./output/operation-table.ts";
import type { Session } from "./session.ts";
import { Interrupted, type Stop, stopOf } from "./stops.ts";

/** FollowOptions say what to wait for. */
export interface FollowOptions {
  /** The operations as last seen. */
  readonly operations: readonly Operation[];
  /** Ends the wait, with a Stop as its reason. */
  readonly signal: AbortSignal;
  /** Whether Ctrl-C cancels unfinished operations. */
  readonly isCanceling: boolean;
}

/** Followed is how a wait ended. */
export interface Followed {
  /** In the order given, as last seen. */
  readonly operations: readonly Operation[];
  /** The exit status: 1 if one failed, 4 or 130 if the wait was cut short. */
  readonly status: Status;
}

/**
 * follow waits until operations have ended. If standard error is a terminal, it shows their progress meanwhile. Each
 * failure is written there as one line, and so is how to continue if the wait is cut short.
 */
export async function follow(
  session: Session,
  client: OperationsClient,
  { operations, signal, isCanceling }: FollowOptions,
): Promise<Followed> {
  const latest = new Map(operations.map((operation) => [operation.id, operation]));
  const board = session.stderr.isTerminal ? await boardOn(session) : undefined;
  const see = (operation: Operation) => {
    latest.set(operation.id, operation);
    board?.show(operation);
  };
  const troubles: Status[] = [];
  try {
    for (const operation of operations) see(operation);
    await abreast(operations, connections, async (operation) => {
      if (isFinished(operation)) return;
      try {
        await (board
          ? watched(client, operation, signal, see)
          : waited(client, operation, signal, see));
      } catch (thrown) {
        if (signal.aborted) return;
        const told = toldOf(thrown, session.asked);
        troubles.push(told.status);
        session.tell(told.message);
      }
    });
  } finally {
    board?.clear();
  }
  const stop = stopOf(signal);
  const ended = [...latest.values()];
  const statuses = [...troubles, ...ended.map((operation) => outcome(session, operation))];
  const left = ended.filter((operation) => !isFinished(operation));
  // If all had ended when the user stopped, nothing is lost.
  if (stop && left.length > 0) {
    const cut = await cutShort(session, client, left, stop, isCanceling);
    statuses.push(cut.status);
    for (const operation of cut.operations) latest.set(operation.id, operation);
  }
  return { operations: [...latest.values()], status: worst(statuses) };
}

/** It is loaded only if there is a terminal. */
async function boardOn({ stderr }: Session): Promise<LiveBoard> {
  const { LiveBoard: Board } = await import("./output/live-board.ts");
  return new Board(stderr);
}

async function watched(
  client: OperationsClient,
  { id, version }: Operation,
  signal: AbortSignal,
  see: (operation: Operation) => void,
): Promise<void> {
  for await (const operation of client.watch(id, { after: version, signal })) see(operation);
}

async function waited(
  client: OperationsClient,
  { id }: Operation,
  signal: AbortSignal,
  see: (operation: Operation) => void,
): Promise<void> {
  see(await client.waitFor(id, { signal }));
}

/** outcome returns the status for an operation's end; a bad end is written to standard error. */
export function outcome(session: Session, operation: Operation): Status {
  if (operation.status !== "failed" && operation.status !== "canceled") return ExitStatus.ok;
  const how =
    operation.status === "canceled"
      ? `was canceled: ${operation.error.message}`
      : `failed: ${messageOf(operation)}`;
  session.tell(`Operation ${operation.id} ${how}`);
  return ExitStatus.failed;
}

/** cutShort says how to continue with the rest, or cancels it, and returns the operations as they are then. */
export async function cutShort(
  session: Session,
  client: OperationsClient,
  left: readonly Operation[],
  stop: Stop,
  isCanceling: boolean,
): Promise<Followed> {
  const ids = left.map(({ id }) => id).join(" ");
  const isInterrupted = stop instanceof Interrupted;
  const status = isInterrupted ? ExitStatus.interrupted : ExitStatus.timedOut;
  if (!isInterrupted || !isCanceling) {
    session.tell(`${stop.message}; not canceled, continue to wait with: kubecfg wait ${ids}`);
    return { operations: left, status };
  }
  const signal = AbortSignal.timeout(cancelTime);
  const operations = await Promise.all(
    left.map(async (operation) => {
      const { id } = operation;
      try {
        const asked = await client.cancel(id, { signal });
        session.tell(`Asked to cancel ${id}`);
        return asked;
      } catch (thrown) {
        session.tell(`Cannot cancel ${id}: ${toldOf(thrown, session.asked).message}`);
        return operation;
      }
    }),
  );
  return { operations, status };
}

/** connections is how many operations are waited for at once; all have to end, so their order does not matter. */
const connections = 64;

/** cancelTime is how long to try to cancel after Ctrl-C, in milliseconds. */
const cancelTime = 10_000;
