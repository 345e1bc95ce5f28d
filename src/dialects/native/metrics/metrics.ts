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

/** How many times the bounds of buckets double, from a millisecond on: up to 12 days, and two minutes. */
const [days, minutes] = [30, 17];

/**
 * metrics writes the measures of a tenant as OpenMetrics: the option `metrics` of createOperations. Kinds beyond the
 * first 32 are counted under `(other)`; routes are patterns in the code.
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
    counter("edge_operations_created", "Operations created.", ({ created }) => created),
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
      help: "Unfinished operations: running, asking for input, parked, and waiting for a slot.",
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
      "From the time when an operation may start to the start of its first attempt.",
      ({ start }) => start,
    ),
    timing(
      "edge_operations_finish_seconds",
      "From the creation of an operation to its end.",
      ({ finish }) => finish,
    ),
    {
      name: "edge_operations_request_seconds",
      help: "Duration of requests, without the time that clients asked to wait.",
      type: "histogram",
      unit: "seconds",
      samples: Object.entries(traffic).flatMap(([route, { took = {} }]) =>
        Object.entries(took).map(([status, of]) => distribution({ route, status }, of, minutes)),
      ),
    },
    happened(
      "edge_operations_deliveries",
      "Tries to deliver webhooks, by outcome: delivered, pending if another try follows, otherwise final.",
      "delivery",
      "outcome",
    ),
    happened(
      "edge_operations_limits_hit",
      "How many times a limit of the tenant was hit.",
      "limit",
      "limit",
    ),
    // Present from the start, so that the first increase is visible.
    happened("edge_operations_spans", "Spans sent to a collector, or dropped.", "span", "outcome", {
      "span.exported": 0,
      "span.dropped": 0,
    }),
    gauge("edge_operations_attempts", "Attempts running in the service.", attempts),
    gauge("edge_operations_waiters", "Clients that are waiting or watching.", waiters),
    { ...gauge("edge_operations_stored_bytes", "Size of the storage.", bytes), unit: "bytes" },
  ];
}

/** The counts of a level by state, without overlaps. */
function statesOf({ running, waiting, asking = 0, parked = 0 }: KindLevel) {
  return { running: running - asking, asking, parked, waiting };
}

/** The bounds are always the same, as quantiles over several series require. */
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
