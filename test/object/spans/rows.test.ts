import { env, runInDurableObject } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import { Rooms } from "../../../src/object/rooms.ts";
import { migrate } from "../../../src/object/storage/migrations.ts";
import { eventually } from "../../eventually.ts";
import { command, operationsOf } from "../commands.ts";
import { traced } from "./traced.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** The rows that an operation writes from its create to its end, and how many spans are told of it. */
async function lifeOf(name: string, more: object): Promise<{ rows: number; spans: number }> {
  let spans = 0;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_, init) => {
    const text = new TextDecoder().decode(init?.body as Uint8Array<ArrayBuffer>);
    spans += JSON.parse(text).resourceSpans[0].scopeSpans[0].spans.length;
    return new Response("{}");
  });
  return runInDurableObject(operationsOf(name), async (_, state) => {
    const { sql } = state.storage;
    migrate(sql);
    let rows = 0;
    const exec = sql.exec.bind(sql);
    const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
    vi.spyOn(sql, "exec").mockImplementation((query: string, ...bindings: unknown[]) => {
      const cursor = exec(query, ...bindings);
      if (!query.includes("INTO trends")) cursors.push(cursor);
      return cursor as never;
    });
    const rooms = new Rooms(state, { ...env, ...more }, traced);
    await rooms.restore();
    const made = await rooms.writes.join(() => rooms.map.create(command()));
    const { id } = made.error ? { id: "" } : made.op;
    await eventually(() => {
      const { op } = rooms.map.snapshot(id) as { op: { status: string } };
      expect(op.status).toBe("succeeded");
    });
    if (Object.keys(more).length > 0) await eventually(() => expect(spans).toBe(2));
    rows = cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0);
    return { rows, spans };
  });
}

it("an operation whose spans are told writes as many rows as one whose are not", async () => {
  const off = await lifeOf("rows-spans-off", {});
  const on = await lifeOf("rows-spans-on", {
    OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.test",
  });
  expect(off).toEqual({ rows: 2, spans: 0 });
  expect(on).toEqual({ rows: 2, spans: 2 });
});
