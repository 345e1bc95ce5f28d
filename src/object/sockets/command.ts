import { decodeOutputPlace, encodeOutputPlace, type OutputPlace } from "../../core/output.ts";
import type { WatchCommand } from "./watch-command.ts";

/**
 * SocketCommand is what a socket is opened for: to wait for one operation, to wait for something to claim, or to watch.
 * Times are milliseconds since 1970.
 */
export type SocketCommand = WaitCommand | ClaimWaitCommand | WatchSocketCommand;

/** WaitCommand waits until an operation has ended, or is above a version. */
export interface WaitCommand {
  readonly type: "wait";
  readonly id: string;
  /** Wait for a version above this; without it, for the end. */
  readonly after?: number;
  /** Also wait for output after this offset. Older code does not know this and waits for the end alone. */
  readonly reads?: OutputPlace;
  /** When the waiter gives up, even if it does not say so. */
  readonly until: number;
}

/** ClaimWaitCommand waits until there is something to claim of some kinds. */
export interface ClaimWaitCommand {
  readonly type: "claim";
  readonly kinds: readonly string[];
  /** When the worker gives up, even if it does not say so. */
  readonly until: number;
}

/** WatchSocketCommand watches until it leaves. */
export interface WatchSocketCommand {
  readonly type: "watch";
  readonly watch: WatchCommand;
}

/**
 * socketUrl returns the URL of the upgrade that carries a command to the object. Workers and objects of other versions
 * read it too.
 */
export function socketUrl(command: SocketCommand): string {
  switch (command.type) {
    case "wait": {
      const { id, until, after, reads } = command;
      const query = new URLSearchParams({ id, until: `${until}` });
      if (after !== undefined) query.set("after", `${after}`);
      if (reads) query.set("reads", encodeOutputPlace(reads));
      return `https://operations/?${query}`;
    }
    case "claim": {
      const query = new URLSearchParams({ until: `${command.until}` });
      for (const kind of command.kinds) query.append("kind", kind);
      return `https://operations/claim?${query}`;
    }
    case "watch": {
      const query = new URLSearchParams({ watch: JSON.stringify(command.watch) });
      return `https://operations/?${query}`;
    }
  }
}

/** watchUrl returns the socketUrl of a watch. */
export function watchUrl(watch: WatchCommand): string {
  return socketUrl({ type: "watch", watch });
}

/** socketCommandOf reads the command from such a URL. */
export function socketCommandOf(url: string): SocketCommand {
  const { pathname, searchParams: query } = new URL(url);
  const until = Number(query.get("until"));
  if (pathname === "/claim") return { type: "claim", kinds: query.getAll("kind"), until };
  const watch = query.get("watch");
  if (watch !== null) return { type: "watch", watch: JSON.parse(watch) as WatchCommand };
  const after = query.get("after");
  const id = query.get("id") ?? "";
  const reads = decodeOutputPlace(query.get("reads") ?? "");
  return {
    type: "wait",
    id,
    until,
    ...(after !== null && { after: Number(after) }),
    ...(reads && { reads }),
  };
}

/** Kept is what a socket keeps of its command while the object sleeps; tags have the rest. */
export type Kept =
  | Pick<WaitCommand, "type" | "until" | "after">
  | Pick<ClaimWaitCommand, "type" | "until">
  | WatchSocketCommand;

/** attachmentOf returns a socket's attachment; code that knows no types reads it as well. */
export function attachmentOf(command: SocketCommand): object {
  switch (command.type) {
    case "wait": {
      const { type, until, after } = command;
      return { type, until, ...(after !== undefined && { after }) };
    }
    case "claim":
      return { type: command.type, until: command.until };
    case "watch":
      return { watch: command.watch };
  }
}

/** keptOf reads an attachment. Without a type it belongs to a watcher, or was attached by older code to a waiter. */
export function keptOf(attachment: unknown): Kept | undefined {
  if (typeof attachment !== "object" || attachment === null) return undefined;
  const kept = attachment as Partial<Kept>;
  if ("watch" in kept) return { type: "watch", watch: kept.watch as WatchCommand };
  return { type: "wait", ...kept } as Kept;
}
