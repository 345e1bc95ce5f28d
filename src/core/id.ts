/**
 * An id is 30 characters of Crockford's base 32 in lower case:
 *
 *     time (10) · sequence (4) · shard (3) · randomness (13)
 *
 * The time is the milliseconds of its creation; the sequence orders ids of one millisecond within a shard; the shard
 * says which object holds it, so requests are routed without a lookup; the 65 random bits make it unguessable and
 * unique. As text, ids sort by creation: exactly within a shard, to the millisecond across shards.
 */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

const widths = { time: 10, sequence: 4, shard: 3, random: 13 } as const;
const length = widths.time + widths.sequence + widths.shard + widths.random;
const shape = new RegExp(`^[${alphabet}]{${length}}$`);
const beginning = new RegExp(`^[${alphabet}]+$`);
const sequences = 32 ** widths.sequence;

/** maxShards is how many objects a tenant may be spread over. */
export const maxShards = 4096;

/** IdParts are the parts of an id. */
export interface IdParts {
  /** Milliseconds since 1970 at its creation. */
  readonly time: number;
  /** Its number among the ids of that millisecond, from 0. */
  readonly sequence: number;
  readonly shard: number;
}

/** parseId returns the parts of an id, or undefined if the text is not one. */
export function parseId(id: string): IdParts | undefined {
  if (!shape.test(id)) return undefined;
  const shardAt = widths.time + widths.sequence;
  const shard = decode(id.slice(shardAt, shardAt + widths.shard));
  if (shard >= maxShards) return undefined;
  return {
    time: decode(id.slice(0, widths.time)),
    sequence: decode(id.slice(widths.time, shardAt)),
    shard,
  };
}

/**
 * IdSource creates the ids of one shard, each greater than all before it, whatever the clock does: if the clock stands
 * still or goes back, the last time is used.
 */
export class IdSource {
  readonly #shard: string;
  readonly #random: (bytes: Uint8Array) => Uint8Array;
  #time = 0;
  #sequence = 0;

  /**
   * @param shard the shard's number, 0 to 4095
   * @param random fills bytes with cryptographic randomness
   * @param last the greatest id that the shard has created, if known
   */
  constructor(shard: number, random: (bytes: Uint8Array) => Uint8Array, last?: string) {
    this.#shard = encode(shard, widths.shard);
    this.#random = random;
    const parts = last && parseId(last);
    if (parts) {
      this.#time = parts.time;
      this.#sequence = parts.sequence + 1;
    }
  }

  /** next returns a new id; `now` is milliseconds since 1970. */
  next(now: number): string {
    if (now > this.#time) {
      this.#time = now;
      this.#sequence = 0;
    } else if (this.#sequence >= sequences) {
      this.#time += 1;
      this.#sequence = 0;
    }
    const time = encode(this.#time, widths.time);
    const sequence = encode(this.#sequence++, widths.sequence);
    let random = "";
    for (const byte of this.#random(new Uint8Array(widths.random))) random += alphabet[byte & 31];
    return `${time}${sequence}${this.#shard}${random}`;
  }
}

/** IdBeginning is the time range of ids that begin with certain characters. */
export interface IdBeginning {
  /** The first and the last millisecond since 1970 at which such an id can have been created. */
  readonly from: number;
  readonly to: number;
}

/**
 * parseIdBeginning parses the beginning of an id, without at least its last character, and returns undefined for any
 * other text.
 */
export function parseIdBeginning(text: string): IdBeginning | undefined {
  if (text.length >= length || !beginning.test(text)) return undefined;
  const time = text.slice(0, widths.time);
  const last = alphabet.at(-1) ?? "";
  return {
    from: decode(time.padEnd(widths.time, alphabet[0])),
    to: decode(time.padEnd(widths.time, last)),
  };
}

/** idAt returns the lower bound of all ids created at or after a time. */
export function idAt(time: number): string {
  return encode(Math.max(0, Math.min(time, 32 ** widths.time - 1)), widths.time);
}

function encode(value: number, width: number): string {
  let text = "";
  for (let rest = value, i = 0; i < width; i++) {
    text = alphabet[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function decode(text: string): number {
  let value = 0;
  for (const character of text) value = value * 32 + alphabet.indexOf(character);
  return value;
}
