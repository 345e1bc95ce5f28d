import type { Totals } from "../../core/statistics/totals.ts";
import {
  carried,
  type Level,
  rolledUp,
  type Step,
  type TrendRange,
  trendRanges,
} from "../../core/statistics/trends.ts";
import { jsonOf } from "../storage/rows.ts";

/** perBlock is how many fine steps make a coarse one. */
const perBlock = trendRanges["24h"].step / trendRanges["15m"].step;

/** slots is how many blocks are kept. */
const slots = trendRanges["24h"].steps;

/** small is how long totals may be to be stored in every row, in characters of JSON: 1.2 MB for a day. */
const small = 4096;

/** SavedTotals is Totals with the stamp of the last change that is counted in them. */
export type SavedTotals = Totals & { readonly stamp: number };

/** Fine contains the steps of a block by their place in it, without those in which nothing happened. */
type Fine = Readonly<Record<string, Step>>;

/**
 * TrendStore stores trends in SQLite: a ring of rows, one per block of five minutes, which contains the block's fine
 * steps too, so that saving both costs one row. The row of a day ago is overwritten. A damaged row counts as empty.
 */
export class TrendStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * add adds fine steps, oldest first, by their numbers: one row per block that they belong to.
   *
   * @param totals everything counted up to the last change that is counted in the steps
   */
  add(steps: readonly (readonly [number, Step])[], totals: SavedTotals): void {
    let text: string | null = JSON.stringify(totals);
    // Newest first: its row gets the totals, unless a newer row has some.
    for (const [block, own] of [...Map.groupBy(steps, ([number]) => blockOf(number))].reverse()) {
      const known = this.#fine(block);
      const fine: Record<string, Step> = { ...known };
      for (const [number, step] of own) {
        const place = number - block * perBlock;
        fine[place] = rolledUp([fine[place] ?? {}, step]);
      }
      // Numeric names are iterated in ascending order.
      const coarse = rolledUp(Object.values(fine));
      if (!this.#put(block, coarse, fine, totals.stamp, text) || text === null) continue;
      text = null;
      if (!known) this.#shed();
    }
  }

  /** read returns the saved steps of a range, by their numbers, and the level before the first of them. */
  read(
    range: TrendRange,
    first: number,
    count: number,
  ): { readonly steps: readonly (readonly [number, Step])[]; readonly before: Level | undefined } {
    if (range === "24h") {
      return { steps: this.#coarse(first, first + count), before: this.lastLevel(first) };
    }
    const block = blockOf(first);
    const found = new Map(this.#allFine(block, blockOf(first + count - 1) + 1));
    const lead = Array.from(
      { length: first - block * perBlock },
      (_, place) => found.get(block * perBlock + place) ?? {},
    );
    const before = carried(lead, this.lastLevel(block)).at(-1)?.level ?? this.lastLevel(block);
    return { steps: [...found].filter(([number]) => number >= first), before };
  }

  /** lastLevel returns the last saved level of the blocks before a given one. */
  lastLevel(before = Number.MAX_SAFE_INTEGER): Level | undefined {
    const row = this.#sql
      .exec<{ coarse: string }>(
        `SELECT coarse FROM trends WHERE block < ? AND json_valid(coarse) AND coarse ->> '$.level' IS NOT NULL
         ORDER BY block DESC LIMIT 1`,
        before,
      )
      .toArray()[0];
    return row && (JSON.parse(row.coarse) as Step).level;
  }

  /** lastChange returns the stamp of the last change counted in saved rows, or 0. */
  lastChange(): number {
    return this.#sql
      .exec<{ last: number }>("SELECT coalesce(max(changed), 0) AS last FROM trends")
      .one().last;
  }

  /** totals returns the totals that were saved last, if this code has saved any. */
  totals(): SavedTotals | undefined {
    const [last] = this.#totalsOf(
      `SELECT totals FROM trends WHERE slot =
         (SELECT slot FROM trends WHERE totals IS NOT NULL ORDER BY changed DESC, block DESC LIMIT 1)`,
    );
    if (last && last.stamp >= this.lastChange()) return last;
    // Older code has saved since, here or in another row.
    return this.#totalsOf(
      `SELECT totals FROM trends WHERE slot =
         (SELECT slot FROM trends WHERE json_valid(totals)
          ORDER BY totals ->> '$.stamp' DESC, block DESC LIMIT 1)`,
    )[0];
  }

  /**
   * Removes large totals from all rows except the last two that have any, of which the newer may be damaged. That costs
   * one row more every five minutes, and none if there are few kinds.
   */
  #shed(): void {
    this.#sql.exec(
      `UPDATE trends SET totals = NULL WHERE length(totals) > ? AND slot NOT IN
         (SELECT slot FROM trends WHERE totals IS NOT NULL ORDER BY changed DESC, block DESC LIMIT 2)`,
      small,
    );
  }

  #totalsOf(query: string): SavedTotals[] {
    const rows = this.#sql.exec<{ totals: string | null }>(query).toArray();
    return rows.flatMap(({ totals }) => jsonOf<SavedTotals>(totals ?? "") ?? []);
  }

  /** Whether it is written: a clock that went back by a day must not overwrite what is newer. */
  #put(block: number, coarse: Step, fine: Fine, stamp: number, totals: string | null): boolean {
    const { rowsWritten } = this.#sql.exec(
      `INSERT INTO trends (slot, block, changed, coarse, fine, totals) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (slot) DO UPDATE
       SET block = excluded.block, changed = excluded.changed, coarse = excluded.coarse,
         fine = excluded.fine, totals = excluded.totals
       WHERE block <= excluded.block`,
      block % slots,
      block,
      stamp,
      JSON.stringify(coarse),
      JSON.stringify(fine),
      totals,
    );
    return rowsWritten > 0;
  }

  /** The fine steps of a block, or undefined if it has no row yet. */
  #fine(block: number): Fine | undefined {
    const row = this.#sql
      .exec<{ fine: string }>(
        "SELECT fine FROM trends WHERE slot = ? AND block = ?",
        block % slots,
        block,
      )
      .toArray()[0];
    return row && (jsonOf<Fine>(row.fine) ?? {});
  }

  #allFine(from: number, to: number): [number, Step][] {
    const rows = this.#sql.exec<{ block: number; fine: string }>(
      "SELECT block, fine FROM trends WHERE block >= ? AND block < ? ORDER BY block",
      from,
      to,
    );
    return rows
      .toArray()
      .flatMap(({ block, fine }) =>
        Object.entries(jsonOf<Fine>(fine) ?? {}).map(([place, step]): [number, Step] => [
          block * perBlock + Number(place),
          step,
        ]),
      );
  }

  #coarse(from: number, to: number): [number, Step][] {
    const rows = this.#sql.exec<{ block: number; coarse: string }>(
      "SELECT block, coarse FROM trends WHERE block >= ? AND block < ?",
      from,
      to,
    );
    return rows.toArray().map(({ block, coarse }) => [block, jsonOf<Step>(coarse) ?? {}]);
  }
}

function blockOf(number: number): number {
  return Math.floor(number / perBlock);
}
