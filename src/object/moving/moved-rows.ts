import {
  type MovedRow,
  type MovedTable,
  movedTables,
  type RowsPlace,
} from "../../core/moving/moving.ts";

/** page is roughly how many bytes one page of rows has; it has at least one row. */
const page = 2 * 1024 * 1024;

const tables = Object.keys(movedTables) as MovedTable[];

/** Columns whose length counts towards a row's size; the others are numbers. */
const heavy = ["body", "doc", "value"];

/** MovedRows reads and writes the rows stored beside operations, of every table. */
export class MovedRows {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** size returns roughly how many bytes the rows of an operation have, without reading them. */
  size(id: string): number {
    const sums = tables.map((table) => {
      const columns = movedTables[table].filter((column) => heavy.includes(column));
      const lengths = columns.map((column) => `coalesce(length(${column}), 0)`).join(" + ");
      return `(SELECT coalesce(sum(${lengths}), 0) FROM ${table} WHERE id = ?1)`;
    });
    return this.#sql.exec<{ size: number }>(`SELECT ${sums.join(" + ")} AS size`, id).one().size;
  }

  /** read returns rows of an operation from an index on, and the index of the next if there are more. */
  read(
    id: string,
    [first, row]: RowsPlace,
    most = page,
  ): { readonly rows: readonly MovedRow[]; readonly next?: RowsPlace } {
    const rows: MovedRow[] = [];
    let size = 0;
    for (let number = first; number < tables.length; number++) {
      const table = tables[number] as MovedTable;
      const columns = movedTables[table].join(", ");
      let at = number === first ? row : 0;
      const found = this.#sql
        .exec(
          `SELECT ${columns} FROM ${table} WHERE id = ? ORDER BY 1, 2 LIMIT -1 OFFSET ?`,
          id,
          at,
        )
        .raw<(string | number | null | ArrayBuffer)[]>();
      for (const values of found) {
        if (size >= most) return { rows, next: [number, at] };
        rows.push([table, ...values]);
        for (const value of values) size += weightOf(value);
        at += 1;
      }
    }
    return { rows };
  }

  /** write adds rows to an operation that has none. */
  write(id: string, rows: readonly MovedRow[]): void {
    for (const [table, ...values] of rows) {
      const columns = movedTables[table];
      const places = columns.map(() => "?").join(", ");
      this.#sql.exec(
        `INSERT INTO ${table} (id, ${columns.join(", ")}) VALUES (?, ${places})`,
        id,
        ...values,
      );
    }
  }
}

/** weightOf returns roughly how many bytes a value takes. */
export function weightOf(value: string | number | null | ArrayBuffer): number {
  if (typeof value === "string") return value.length;
  return value instanceof ArrayBuffer ? value.byteLength : 8;
}
