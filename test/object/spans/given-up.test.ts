import { env, runInDurableObject } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import { Rooms } from "../../../src/object/rooms.ts";
import { captureLog } from "../../edge/log-lines.ts";
import { eventually } from "../../eventually.ts";
import { command, operationsOf } from "../commands.ts";
import { traced } from "./traced.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const configured = { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.test" };

/** What is counted in all, as it is on disk. */
function onDisk(sql: SqlStorage): Record<string, number> {
  const [row] = sql
    .exec<{ totals: string }>("SELECT totals FROM trends WHERE totals IS NOT NULL")
    .toArray();
  return row ? JSON.parse(row.totals).counts : {};
}

it("a collector that was given up is left alone in the next life of the object, and each span counted on disk", async () => {
  const log = captureLog();
  let requests = 0;
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => {
    requests += 1;
    return new Response("busy", { status: 503, headers: { "retry-after": "600" } });
  });
  await runInDurableObject(operationsOf("spans-given-up"), async (_, state) => {
    const { sql } = state.storage;
    /** A life of the object, in which an operation is made and ends. */
    const live = async () => {
      const rooms = new Rooms(state, configured, traced);
      await rooms.restore();
      const made = await rooms.writes.join(() => rooms.map.create(command()));
      expect(made).not.toHaveProperty("error");
      return rooms;
    };
    await live();
    await eventually(() => expect(onDisk(sql)["span.dropped"]).toBe(2));
    expect(requests).toBe(1);
    const rooms = await live();
    await eventually(() => expect(onDisk(sql)["span.dropped"]).toBe(4));
    expect(requests).toBe(1);
    const measured = await rooms.writes.join(() => rooms.stats.measures());
    expect(measured.totals?.counts).toMatchObject({ "span.dropped": 4 });
  });
  expect(log.lines().filter(({ message }) => message === "spans dropped")).toMatchObject([
    { level: "warning", spans: 2, reason: "the collector responded with 503" },
  ]);
});
