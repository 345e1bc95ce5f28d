/** Work is what a create asks for. */
export interface Work {
  readonly kind: string;
  readonly input: unknown;
  readonly ttl: string;
  readonly deadline: string;
  readonly startAfter?: string;
  readonly retry?: { readonly maxAttempts: number; readonly initialInterval: string };
  readonly webhook?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Worker says what one that has claimed work does with it. */
export type Worker = "complete" | "fail" | "give up" | "vanish" | "late" | "report" | "release";

/** transports are the ways to watch. */
export const transports = ["socket", "events", "tenant socket", "tenant events"] as const;
export type Transport = (typeof transports)[number];

/** Deed is what a client does; `of` counts the creates of the plan, and `which` its watches. */
export type Deed =
  | { readonly type: "create"; readonly work: Work; readonly key?: string; readonly wait?: number }
  | { readonly type: "batch"; readonly works: readonly Work[]; readonly keys: readonly string[] }
  | { readonly type: "again"; readonly of: number }
  | {
      readonly type: "get" | "cancel" | "force" | "delete" | "answer" | "result";
      readonly of: number;
    }
  | { readonly type: "redeliver" | "deliveries" | "misuse"; readonly of: number }
  | {
      readonly type: "wait";
      readonly of: number;
      readonly for: number;
      readonly isChange: boolean;
      readonly leaves?: number;
    }
  | { readonly type: "list" | "stats" | "trends" }
  /** A kind is paused for so many milliseconds. */
  | { readonly type: "pause"; readonly kind: string; readonly for: number }
  | {
      readonly type: "claim";
      readonly kinds: readonly string[];
      readonly max: number;
      readonly wait: number;
      readonly lease: number;
      readonly does: Worker;
      readonly after: number;
    }
  | { readonly type: "watch"; readonly transport: Transport; readonly of: number }
  | { readonly type: "drop" | "resume"; readonly which: number }
  /** Several at once. */
  | { readonly type: "rush"; readonly deeds: readonly Deed[] };

/** Step is a deed and when it is done, in milliseconds from the beginning. */
export interface Step {
  readonly at: number;
  readonly does: Deed;
}

/** Trouble is what goes wrong; where it names an object, by its place among the shards. */
export type Trouble =
  | {
      readonly type: "kill";
      readonly shard: number;
      readonly isCommitted: boolean;
      readonly areOrphans: boolean;
      /** How many statements of its next life throw. */
      readonly throwing: number;
    }
  | { readonly type: "cut attempt"; readonly shard: number; readonly throwing: number }
  | {
      readonly type: "evict" | "lose alarm" | "early alarm" | "double alarm";
      readonly shard: number;
    }
  | { readonly type: "double ask"; readonly shard: number }
  | { readonly type: "late alarm"; readonly shard: number; readonly by: number }
  | {
      readonly type: "statement";
      readonly shard: number;
      readonly after: number;
      readonly count: number;
    }
  | { readonly type: "lose call"; readonly shard: number; readonly when: "before" | "after" }
  | { readonly type: "lose attempt"; readonly when: "before" | "after" }
  | { readonly type: "down"; readonly shard: number; readonly for: number }
  | { readonly type: "clock"; readonly by: number }
  | { readonly type: "bad configuration"; readonly for: number }
  | { readonly type: "no kind"; readonly kind: string; readonly for: number }
  | { readonly type: "kill Worker" }
  | { readonly type: "kill request"; readonly which: number }
  | { readonly type: "lose answer"; readonly when: "before" | "after" };

/** Fault is a trouble and when it comes, in milliseconds from the beginning. */
export interface Fault {
  readonly at: number;
  readonly does: Trouble;
}

/** Plan is all of one run that is not left to the seed's smaller chances. */
export interface Plan {
  readonly seed: number;
  readonly shards: number;
  readonly steps: readonly Step[];
  readonly faults: readonly Fault[];
  /** From when on nothing goes wrong, where that is not soon after the last step or fault. */
  readonly until?: number;
  /** Whether workers wait for work once nothing goes wrong any more. */
  readonly waits?: true;
}

/** external are the kinds that workers elsewhere do; the second is done two at once at the most. */
export const external = ["resize", "scan"];
