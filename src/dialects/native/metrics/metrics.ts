import { sizeOf } from "../../../core/statistics/histogram.ts";
import type { KindLevel } from "../../../core/statistics/kind-levels.ts";
import type { Metrics, TenantMeasures } from "../../../core/statistics/shard-stats.ts";
import type { Timing } from "../../../core/statistics/timing.ts";
import type { KindTotals, Totals } from "../../../core/statistics/totals.ts";
import {
  type Distribution,
  type Family,
  type Labels,
  mediaType,
  openMetrics,
} from "./open-metrics.ts";

/** How far buckets go that double from a millisecond on: 12 days, and two minutes. */
const [days, minutes] = [30, 17];

/**
 * metrics writes what a tenant's objects have counted as OpenMetrics: the option `metrics` of
 * createOperations. Kinds beyond the first 32 are one, `(other)`; routes are patterns of the code.
 */
export const metrics: Metrics = {
  mediaType,
  write: (measures) => openMetrics(familiesOf(measures)),
};

function familiesOf({
  totals,
  levels,
  traffic,
  attempts,
  waiters,
  bytes,
}: TenantMeasures): Family[] {
  const kinds = Object.entries(totals.kinds);
  const standing = Object.entries(levels);
  const counter = (name: string, help: string, count: (of: KindTotals) => number): Family => ({
    name,
    help,
    type: "counter",
    samples: kinds.map(([kind, of]) => [{ kind }, count(of)]),
  });
  const timing = (name: string, help: string, took: (of: KindTotals) => Timing): Family => ({
    name,
    help,
    type: "histogram",
    unit: "seconds",
    samples: kinds.map(([kind, of]) => distribution({ kind }, took(of), days)),
  });
  const happened = (
    name: string,
    help: string,
    what: string,
    label: string,
    none: Totals["counts"] = {},
  ): Family => ({
    name,
    help,
    type: "counter",
    samples: Object.entries({ ...none, ...totals.counts })
      .filter(([event]) => event.startsWith(`${what}.`))
      .map(([event, count]) => [{ [label]: event.slice(what.length + 1) }, count]),
  });
  const gauge = (name: string, help: string, value: number): Family => ({
    name,
    help,
    type: "gauge",
    samples: [[{}, value]],
  });
  return [
    counter("edge_operations_created", "Operations made.", ({ created }) => created),
    {
      name: "edge_operations_ended",
      help: "Operations that have ended.",
      type: "counter",
      samples: kinds.flatMap(([kind, of]) =>
        (["succeeded", "failed", "canceled"] as const).map(
          (outcome) => [{ kind, outcome }, of[outcome]] as const,
        ),
      ),
    },
    counter(
      "edge_operations_attempts_lost",
      "Attempts lost with their object or lease.",
      ({ lost }) => lost,
    ),
    {
      name: "edge_operations_unfinished",
      help: "Operations now: at work, asking for input, parked, and waiting for their turn.",
      type: "gauge",
      samples: standing.flatMap(([kind, level]) =>
        Object.entries(statesOf(level)).map(([state, count]) => [{ kind, state }, count] as const),
      ),
    },
    {
      name: "edge_operations_kind_paused",
      help: "Whether a kind is paused.",
      type: "gauge",
      samples: standing.map(([kind, { paused }]) => [{ kind }, Number(paused)]),
    },
    timing(
      "edge_operations_start_seconds",
      "From when an operation may start to the start of its first attempt.",
      ({ start }) => start,
    ),
    timing(
      "edge_operations_finish_seconds",
      "From the creation of an operation to its end.",
      ({ finish }) => finish,
    ),
    {
      name: "edge_operations_request_seconds",
      help: "Requests, without the time for which clients asked to wait.",
      type: "histogram",
      unit: "seconds",
      samples: Object.entries(traffic).flatMap(([route, { took = {} }]) =>
        Object.entries(took).map(([status, of]) => distribution({ route, status }, of, minutes)),
      ),
    },
    happened(
      "edge_operations_deliveries",
      "Tries to tell webhooks: delivered, pending where another follows, else over.",
      "delivery",
      "outcome",
    ),
    happened(
      "edge_operations_limits_hit",
      "What a limit of the tenant has refused.",
      "limit",
      "limit",
    ),
    // There from the first, so that an increase from none is one.
    happened("edge_operations_spans", "Spans told to a collector, or dropped.", "span", "outcome", {
      "span.exported": 0,
      "span.dropped": 0,
    }),
    gauge("edge_operations_attempts", "Attempts under way in the service.", attempts),
    gauge("edge_operations_waiters", "Clients that wait or watch.", waiters),
    { ...gauge("edge_operations_stored_bytes", "What is stored.", bytes), unit: "bytes" },
  ];
}

/** Of a Level, numbers that are of different operations. */
function statesOf({ running, waiting, asking = 0, parked = 0 }: KindLevel) {
  return { running: running - asking, asking, parked, waiting };
}

/** The bounds are the same for all and each time, as quantiles over several series need it. */
function distribution(
  labels: Labels,
  { total, histogram }: Timing,
  doublings: number,
): Distribution {
  const counts = Object.entries(histogram).map(
    ([bucket, count]) => [Number(bucket), count] as const,
  );
  const buckets = Array.from({ length: doublings + 1 }, (_, power): readonly [number, number] => [
    2 ** power / 1_000,
    counts.reduce((sum, [bucket, count]) => (bucket <= 4 * power ? sum + count : sum), 0),
  ]);
  return { labels, buckets, count: sizeOf(histogram), sum: total / 1_000 };
}
