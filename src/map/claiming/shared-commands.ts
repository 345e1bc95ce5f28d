import type { ClaimCommand } from "../../core/work.ts";

/**
 * sharedCommands returns the same commands, with one object for equal ones, and one list for equal kinds: a message
 * contains each object once, and the receiver recognizes it.
 */
export function sharedCommands(commands: readonly ClaimCommand[]): readonly ClaimCommand[] {
  const known = new Map<string, unknown>();
  const shared = <T>(value: T): T => {
    const name = JSON.stringify(value);
    const first = (known.get(name) ?? value) as T;
    known.set(name, first);
    return first;
  };
  return commands.map((command) => shared({ ...command, kinds: shared(command.kinds) }));
}
