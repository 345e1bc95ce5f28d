import type { ListQuery, StoredPage } from "../../core/reply.ts";
import { isFiltered } from "./list.ts";
import { OpenPage } from "./open-page.ts";
import { expired, inChunks } from "./rows.ts";

/** mostOctets is how large a page may be here, in bytes: an object holds no text of more than 2 MB. */
const mostOctets = 2_000_000;

/** largest is how large a row may be here in any case, in bytes of its document and result. */
const largest = 8 * 1024;

/** besides is more than the ID of a row and what stands between its texts take, in bytes. */
const besides = 64;

/** perRow is what each row counts in addition to its texts, in characters. */
const perRow = 256;

/** The character that stands before each text: RFC 7464 separates JSON with it, because no JSON contains it. */
const separator = "\u001e";
const mark = `char(${separator.charCodeAt(0)})`;

/**
 * A row as three texts: its ID, its document, which is empty if it has expired, and its result, which is empty if none
 * is shown. NULL if it is too large, as every result in chunks is. Binds the time now, and how large it may be.
 */
const rowText = `CASE
  WHEN ${expired} THEN ${mark} || id || ${mark} || ${mark}
  WHEN octet_length(doc) + iif(typeof(result) = 'text', octet_length(result), 0) > ? OR ${inChunks} THEN NULL
  ELSE ${mark} || id || ${mark} || doc || ${mark} || iif(typeof(result) = 'text', result, '')
  END`;

/**
 * readJointPages returns the pages of many queries, each as readPage does. It leaves out those that readPage has to
 * read: a page with a filter, with large operations, or with expired ones and more behind them. A statement costs as
 * much as eight rows, and a row more than what is in it: so one statement reads all pages of a sort, as one text each.
 *
 * @param mostText how much it reads, in characters of two bytes, before it leaves out the rest
 */
export function readJointPages(
  sql: SqlStorage,
  queries: readonly ListQuery[],
  { now, mostText }: { readonly now: number; readonly mostText: number },
): (StoredPage | undefined)[] {
  const pages: (StoredPage | undefined)[] = [];
  let room = mostText;
  const whole = [...queries.entries()].filter(([, query]) => !isFiltered(query));
  const sorts = Map.groupBy(whole, ([, { order, limit }]) => `${order} ${limit}`);
  for (const alike of sorts.values()) {
    // A page alone costs the same as rows.
    if (alike.length === 1) continue;
    const together = alike.map(([, query]) => query);
    for (const [place, text] of textsOf(sql, together, now)) {
      if (room < 0) return pages;
      const [index, query] = alike[place] as (typeof alike)[number];
      pages[index] = pageOf(text, query);
      room -= text.length + perRow * rowsOf(text);
    }
  }
  return pages;
}

/** The first rows of each query, of which order and limit are the same, as one text. */
function textsOf(
  sql: SqlStorage,
  queries: readonly ListQuery[],
  now: number,
): Iterable<[place: number, text: string]> {
  const [{ order, limit }] = queries as [ListQuery];
  const ranges = queries.map(({ from = "", to = "~" }) => [from, to]);
  return sql
    .exec(
      `SELECT key, (
         SELECT count(*) || coalesce(group_concat(text, ''), '') FROM (
           SELECT ${rowText} AS text FROM operations
           WHERE id >= range.value ->> 0 AND id < range.value ->> 1 ORDER BY id ${order} LIMIT ? + 0))
       FROM json_each(?) AS range`,
      now,
      Math.min(largest, Math.floor(mostOctets / (limit + 1)) - besides),
      limit + 1,
      JSON.stringify(ranges),
    )
    .raw<[number, string]>();
}

/** The page of a text; undefined if rows are missing, or if there may be more behind rows that have expired. */
function pageOf(text: string, query: ListQuery): StoredPage | undefined {
  const texts = text.split(separator);
  const rows = rowsOf(text);
  if (texts.length !== 1 + 3 * rows) return undefined;
  const page = new OpenPage(query);
  for (let at = 1; at < texts.length; at += 3) {
    const hadRoom = page.add(texts[at] ?? "", texts[at + 1] ?? "", texts[at + 2] || null);
    if (!hadRoom) return page.close(page.last);
  }
  return rows > query.limit ? undefined : page.close(undefined);
}

/** How many rows have been read for a text, which begins with that. */
function rowsOf(text: string): number {
  return Number.parseInt(text, 10);
}
