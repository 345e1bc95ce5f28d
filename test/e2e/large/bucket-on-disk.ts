import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { stateFiles } from "../../../src/local/state/database-files.ts";

/** OnDisk is what a state directory holds of large bodies, once nothing serves it. */
export interface OnDisk {
  /** The rows of the objects that name a place in the bucket. */
  readonly rows: readonly Row[];
  /** The ids of all operations. */
  readonly operations: readonly string[];
  /** The objects in the bucket: their size by key. */
  readonly objects: ReadonlyMap<string, number>;
  /** The parts of uploads that were neither completed nor aborted, by the key of the upload. */
  readonly parts: readonly string[];
}

/** Row is a row of the table `large`. */
export interface Row {
  readonly id: string;
  readonly key: string;
  readonly state: string;
  readonly size: number;
}

/** readOnDisk reads the databases of the objects, and of Miniflare's R2. */
export async function readOnDisk(state: string): Promise<OnDisk> {
  const { objects, others } = await stateFiles(state);
  const read = <T>(names: readonly string[], query: string) =>
    names.flatMap((name) => all<T>(path.join(state, name), query));
  const buckets = others.filter((name) => /^r2[\\/].*[0-9a-f]{64}\.sqlite$/.test(name));
  const stored = read<{ key: string; size: number }>(buckets, "SELECT key, size FROM _mf_objects");
  return {
    rows: read<Row>(objects, "SELECT id, key, state, size FROM large"),
    operations: read<{ id: string }>(objects, "SELECT id FROM operations").map(({ id }) => id),
    objects: new Map(stored.map(({ key, size }) => [key, size])),
    parts: read<{ key: string }>(
      buckets,
      `SELECT key FROM _mf_multipart_uploads JOIN _mf_multipart_parts USING (upload_id)
       WHERE state = 0`,
    ).map(({ key }) => key),
  };
}

/**
 * wrongs are what should not be: of what is in the bucket every byte is named by an operation, and of what is named every byte is there.
 *
 * @param isOver whether bodies that were arriving have had the time to lapse
 */
export function wrongs(
  { rows: found, operations, objects, parts }: OnDisk,
  isOver: boolean,
): string[] {
  const there = new Set(operations);
  const arriving = new Set(
    found.filter(({ state }) => !isOver && state === "arriving").map(({ key }) => key),
  );
  const rows = found.filter(({ key }) => !arriving.has(key));
  const kept = new Map(rows.map((row) => [row.key, row]));
  return [
    ...rows
      .filter(({ state }) => state !== "kept")
      .map(({ key, state }) => `${key} is still ${state}`),
    ...rows
      .filter(({ state, key, size }) => state === "kept" && objects.get(key) !== size)
      .map(({ key }) => `${key} is kept, and is not in the bucket as it should be`),
    ...rows
      .filter(({ state, id }) => state === "kept" && !there.has(id))
      .map(({ key }) => `${key} is kept for an operation that is not there`),
    ...[...objects.keys()]
      .filter((key) => !kept.has(key) && !arriving.has(key))
      .map((key) => `${key} is in the bucket, and nobody knows of it`),
    ...parts
      .filter((key) => !arriving.has(key))
      .map((key) => `${key} has a part in the bucket, and is not being written`),
  ];
}

function all<T>(file: string, query: string): T[] {
  const database = new DatabaseSync(file);
  try {
    return database.prepare(query).all() as T[];
  } finally {
    database.close();
  }
}
