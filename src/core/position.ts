import { maxShards } from "./id.ts";

/**
 * Position is how far a watcher of a whole tenant has read: the stamp of the last change that it has seen in each
 * shard. Stamps grow with the changes of a shard and follow the clock, so those of two shards are roughly comparable.
 */
export type Position = ReadonlyMap<number, number>;

/** encodePosition writes a Position as text for a URL or a header; it is opaque to clients. */
export function encodePosition(position: Position): string {
  return [...position].map(([shard, stamp]) => `${num(shard)}.${num(stamp)}`).join("-");
}

/** decodePosition parses what encodePosition wrote, or returns undefined. */
export function decodePosition(text: string): Position | undefined {
  const position = new Map<number, number>();
  for (const part of text.split("-")) {
    const match = /^([0-9a-z]{1,3})\.([0-9a-z]{1,11})$/.exec(part);
    const shard = Number.parseInt(match?.[1] ?? "", 36);
    const stamp = Number.parseInt(match?.[2] ?? "", 36);
    if (!match || shard >= maxShards || !Number.isSafeInteger(stamp)) return undefined;
    position.set(shard, stamp);
  }
  return position;
}

/**
 * stampOf returns the stamp to resume after in a shard. A shard that is not in the position was added later, when the
 * deployment grew: nothing in it is older than the oldest of the other stamps.
 */
export function stampOf(position: Position, shard: number): number {
  return position.get(shard) ?? Math.min(...position.values());
}

function num(value: number): string {
  return value.toString(36);
}
