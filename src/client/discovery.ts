import type { Status } from "../core/operation/operation.ts";
import type { Spread } from "../core/statistics/timing.ts";

export type { Spread };

/** KindDescription describes a kind of operation. */
export interface KindDescription {
  readonly kind: string;
  /** For people. */
  readonly description: string;
  /** Whether the service does the work itself, or outside workers claim it. */
  readonly engine: "worker" | "external";
  /** The JSON Schema of its input; `{}` accepts anything. */
  readonly inputSchema: unknown;
  /** Whether the kind is paused. This and the following are left out if one of the tenant's objects does not respond. */
  readonly paused?: boolean;
  /** How many operations are running, including those that wait for an answer. */
  readonly running?: number;
  /** How many operations are ready to start, but wait for a free slot, a worker or the end of the pause. */
  readonly waiting?: number;
  /** How many of the running operations wait for an answer. */
  readonly asking?: number;
  /** How many operations have no attempt while they sleep or wait for an answer; no other count includes them. */
  readonly parked?: number;
}

/** ApiDocument is the part of the OpenAPI document that the client reads. */
export interface ApiDocument {
  readonly info: { readonly version: string };
}

/** Stats are counts of the tenant's operations and requests, and how long they took. */
export interface Stats {
  readonly operations: {
    readonly total: number;
    /** Statuses without operations may be left out. */
    readonly byStatus: Readonly<Partial<Record<Status, number>>>;
    readonly byKind: Readonly<Record<string, Readonly<Partial<Record<Status, number>>>>>;
  };
  /** How many attempts are running in the service. */
  readonly attempts: number;
  /** How many clients are waiting or watching. Workers that wait in one isolate count once for each object. */
  readonly waiters: number;
  /** The state of each kind and how long its operations took; left out by older services. */
  readonly kinds?: Readonly<Record<string, KindStats>>;
  /** How many spans a collector has accepted and how many were dropped, if the service reports that. */
  readonly spans?: SpanStats;
  /** By route pattern, such as `/api/v1/operations/{id}`. Up to 20 s late. */
  readonly requests: Readonly<Record<string, RouteStats>>;
}

/** SpanStats counts spans since counting began. */
export interface SpanStats {
  /** Accepted by the OpenTelemetry collector. */
  readonly exported: number;
  /** Lost: the collector was away, refused them or was too slow. */
  readonly dropped: number;
}

/** RouteStats counts the requests of one route pattern. */
export interface RouteStats {
  readonly count: number;
  /** By HTTP status or, for statuses that only an upstream chooses, by class, such as `4xx`. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Excludes the time that clients asked to wait. */
  readonly latency: Spread;
}

/** KindStats is the state of a kind, as in KindDescription, and how long its operations took since counting began. */
export interface KindStats
  extends Required<Pick<KindDescription, "paused" | "running" | "waiting" | "asking" | "parked">> {
  /** From the time an operation may start to the start of its first attempt; left out if none has started. */
  readonly toStart?: Spread;
  /** From the creation of an operation to its end, including waits; left out if none has ended. */
  readonly toFinish?: Spread;
}
