import type { Attempt, AttemptNews, LogLine } from "../attempts.ts";
import type { Connection } from "../connection.ts";
import { operationPath } from "../operation.ts";
import type { CallOptions } from "../options.ts";
import { watch } from "./watch.ts";

/** LogsOptions are the options of `logs`. */
export interface LogsOptions extends CallOptions {
  /** Whether to follow new lines until the operation ends. */
  readonly follow?: boolean | undefined;
}

/** AttemptLine is a line with the number of the attempt that logged it. */
export interface AttemptLine extends LogLine {
  readonly attempt: number;
}

type Heard = AttemptNews | "connected" | "ended" | { readonly thrown: unknown };

/** tries is how many times the attempts are requested. */
const tries = 5;

/** mostHeard is how many news items can wait for a slow reader. */
const mostHeard = 1_000;

/**
 * logs yields the log lines of an operation's attempts, each once and in order. After a lost connection, the stored
 * lines are read again.
 */
export async function* logs(
  connection: Connection,
  id: string,
  { follow = false, signal }: LogsOptions,
): AsyncGenerator<AttemptLine, void, void> {
  /** The last attempt of which a line was yielded, and that line. */
  let last = { attempt: 0, line: 0 };
  const fresh = (attempt: number, log: readonly LogLine[]): AttemptLine[] => {
    if (attempt < last.attempt) return [];
    const known = attempt === last.attempt ? last.line : 0;
    const lines = log.filter(({ line }) => line > known);
    last = { attempt, line: lines.at(-1)?.line ?? known };
    return lines.map((line) => ({ attempt, ...line }));
  };
  const read = async () => {
    const path = `${operationPath(id)}/attempts`;
    const call = { method: "GET", path, tries, signal } as const;
    const { attempts } = await connection.call<{ attempts: Attempt[] }>(call);
    return attempts.flatMap(({ attempt, log }) => fresh(attempt, log));
  };
  if (!follow) {
    yield* await read();
    return;
  }

  const heard: Heard[] = [];
  let wake = () => {};
  const hear = (item: Heard) => {
    // A slow reader gets the stored lines instead.
    if (heard.length >= mostHeard) heard.splice(0, mostHeard, "connected");
    heard.push(item);
    wake();
  };
  const link = new AbortController();
  const leave = () => link.abort(signal?.reason);
  signal?.addEventListener("abort", leave);
  if (signal?.aborted) leave();
  const watching = async () => {
    const changes = watch(connection, id, {
      signal: link.signal,
      onAttempt: hear,
      onConnection: (state) => {
        if (state === "connected") hear("connected");
      },
    });
    for await (const _ of changes);
  };
  watching().then(
    () => hear("ended"),
    (thrown) => hear({ thrown }),
  );
  try {
    for (;;) {
      const item = heard.shift();
      if (item === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else if (item === "connected") yield* await read();
      else if (item === "ended") {
        yield* await read();
        return;
      } else if ("thrown" in item) throw item.thrown;
      else if (isNext(item, last)) yield* fresh(item.attempt, item.log ?? []);
      else if (item.log) yield* await read();
    }
  } finally {
    signal?.removeEventListener("abort", leave);
    link.abort();
  }
}

/** Whether these lines directly follow the last one that was yielded. */
function isNext({ attempt, log = [] }: AttemptNews, last: { attempt: number; line: number }) {
  const [first] = log;
  return first !== undefined && attempt === last.attempt && first.line <= last.line + 1;
}
