import type { Command } from "commander";
import type { Deletion, Operation, OperationsClient } from "../../client/index.ts";
import { isFinished } from "../../client/index.ts";
import { each } from "../each.ts";
import { ExitStatus, type Status, worst } from "../exit-status.ts";
import { toldOf } from "../failures.ts";
import { cutShort, outcome } from "../follow.ts";
import { checkKinds } from "../known-kinds.ts";
import { changeLine } from "../output/change-line.ts";
import type { Session } from "../session.ts";
import { wordsOf } from "../settings/arguments.ts";
import { selectorOf } from "../settings/selector.ts";
import { stopOf } from "../stops.ts";

interface WatchFlags {
  readonly kind?: readonly string[];
  readonly label?: readonly string[];
  readonly cancelOnInterrupt?: boolean;
}

/** Watcher receives changes. */
interface Watcher {
  see(operation: Operation): Promise<void>;
  /** Called for an operation that somebody has deleted. */
  drop(id: string): void;
  /** Called when the connection is lost, and when it is back. */
  connection(state: "connected" | "lost"): void;
  end(): void;
}

/** watch is `kubecfg watch`. */
export async function watch(session: Session, given: string[], command: Command): Promise<Status> {
  const flags: WatchFlags = command.opts();
  const client = await session.client();
  if (given.length === 0) return watchAll(session, client, flags);
  const named = await each(session, client, given, async (id) => id);
  const status = await watchSome(session, client, named.found, flags.cancelOnInterrupt === true);
  return worst([named.status, status]);
}

async function watchAll(
  session: Session,
  client: OperationsClient,
  flags: WatchFlags,
): Promise<Status> {
  const { signal } = session;
  const filter = { kinds: wordsOf(flags.kind), labels: selectorOf(flags.label) };
  await checkKinds(session, client, filter.kinds);
  // Watching continues forever even if nothing responds, so first check that something does.
  await client.listPage({ ...filter, pageSize: 1 }, { signal });
  const watcher = await watcherOf(session, "Watching; press Ctrl-C to stop");
  try {
    const onConnection = watcher.connection.bind(watcher);
    const onDeleted = ({ id }: Deletion) => watcher.drop(id);
    const options = { ...filter, signal, onConnection, onDeleted };
    for await (const { operation } of client.watchAll(options)) {
      await watcher.see(operation);
    }
    return ExitStatus.ok;
  } finally {
    watcher.end();
  }
}

async function watchSome(
  session: Session,
  client: OperationsClient,
  ids: readonly string[],
  isCanceling: boolean,
): Promise<Status> {
  const { signal } = session;
  const latest = new Map<string, Operation>();
  const troubles: Status[] = [];
  const watcher = await watcherOf(session, "");
  try {
    const onConnection = watcher.connection.bind(watcher);
    const watches = ids.map(async (id) => {
      try {
        const first = await client.get(id, { signal });
        latest.set(id, first);
        await watcher.see(first);
        if (isFinished(first)) return;
        for await (const operation of client.watch(id, {
          after: first.version,
          signal,
          onConnection,
        })) {
          latest.set(id, operation);
          await watcher.see(operation);
        }
      } catch (thrown) {
        if (signal.aborted) return;
        const told = toldOf(thrown, session.asked);
        troubles.push(told.status);
        session.tell(told.message);
      }
    });
    await Promise.all(watches);
  } finally {
    watcher.end();
  }
  const statuses = [...troubles, ...[...latest.values()].map((one) => outcome(session, one))];
  const stop = stopOf(signal);
  const left = [...latest.values()].filter((operation) => !isFinished(operation));
  if (stop && left.length > 0) {
    statuses.push((await cutShort(session, client, left, stop, isCanceling)).status);
  } else if (stop && latest.size < ids.length) throw stop;
  return worst(statuses);
}

/** A terminal gets a table that is kept up to date; a pipe, and any format but table, gets one line per change. */
async function watcherOf(session: Session, note: string): Promise<Watcher> {
  const { printer, stdout } = session;
  if (!stdout.isTerminal || printer.format.name !== "table") {
    return {
      see: (operation) =>
        printer.printOne({
          value: operation,
          ids: [operation.id],
          table: () => changeLine(operation),
        }),
      // The output consists of operations; any other line would break programs that read it.
      drop: (id) => session.tell(`Operation ${id} deleted`),
      connection: (state) => session.log(2, "watch", `connection ${state}`),
      end: () => undefined,
    };
  }
  const { LiveBoard } = await import("../output/live-board.ts");
  const board = new LiveBoard(stdout);
  if (note !== "") board.note(note);
  return {
    see: async (operation) => board.show(operation),
    drop: (id) => board.drop(id),
    connection: (state) => board.note(state === "lost" ? "Connection lost; retrying" : note),
    end: () => board.done(),
  };
}
