import type { Status } from "../core/operation/operation.ts";
import type { Spread } from "../core/statistics/timing.ts";

export type { Spread };

/** KindDescription is something that the service can do. */
export interface KindDescription {
  readonly kind: string;
  /** For people. */
  readonly description: string;
  /** Whether the service does it itself, or workers elsewhere claim it. */
  readonly engine: "worker" | "external";
  /** The JSON Schema of its input; `{}` takes anything. */
  readonly inputSchema: unknown;
  /** Whether nothing of it is started or handed out. This and what follows is left out where an object does not answer. */
  readonly paused?: boolean;
  /** How many operations are under way, those that wait for an answer among them. */
  readonly running?: number;
  /** How many could start now, but for the pause, a place or a worker. */
  readonly waiting?: number;
  /** How many of those under way wait for an answer. */
  readonly asking?: number;
  /** How many have no attempt while they sleep or wait for an answer; they are in no other of these numbers. */
  readonly parked?: number;
}

/** ApiDocument is the OpenAPI document of the service, as far as the client reads it. */
export interface ApiDocument {
  readonly info: { readonly version: string };
}

/** Stats is what the tenant's map holds now, and what its requests took so far. */
export interface Stats {
  readonly operations: {
    readonly total: number;
    /** A status that no operation has may be left out. */
    readonly byStatus: Readonly<Partial<Record<Status, number>>>;
    readonly byKind: Readonly<Record<string, Readonly<Partial<Record<Status, number>>>>>;
  };
  /** How many attempts are under way in the service. */
  readonly attempts: number;
  /** How many wait for or watch operations. */
  readonly waiters: number;
  /** How each kind stands and how long its operations took, as far as a service says that. */
  readonly kinds?: Readonly<Record<string, KindStats>>;
  /** How many spans a collector has taken and how many were dropped, as far as a service says that. */
  readonly spans?: SpanStats;
  /** By route pattern, such as `/api/v1/operations/{id}`. They are up to 20 s behind. */
  readonly requests: Readonly<Record<string, RouteStats>>;
}

/** SpanStats counts spans since they are counted. */
export interface SpanStats {
  /** Accepted by the OpenTelemetry collector. */
  readonly exported: number;
  /** Lost: the collector was away, refused them or was too slow. */
  readonly dropped: number;
}

/** RouteStats counts the requests of one route pattern. */
export interface RouteStats {
  readonly count: number;
  /** By HTTP status, or by its class, such as `4xx`, where only an upstream chooses it. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Without the time for which clients asked to wait. */
  readonly latency: Spread;
}

/** KindStats is how a kind stands, as in KindDescription, and how long its operations took since they are counted. */
export interface KindStats
  extends Required<Pick<KindDescription, "paused" | "running" | "waiting" | "asking" | "parked">> {
  /** From when an operation may start to the start of its first attempt; left out where none has started. */
  readonly toStart?: Spread;
  /** From the creation of an operation to its end, waiting included; left out where none has ended. */
  readonly toFinish?: Spread;
}
