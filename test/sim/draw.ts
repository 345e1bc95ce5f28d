import {
  type Deed,
  external,
  type Fault,
  type Plan,
  type Step,
  type Trouble,
  transports,
  type Work,
} from "./plan.ts";
import { narrow } from "./runtime/kinds.ts";
import { Random } from "./runtime/random.ts";
import { stepNames } from "./runtime/stepping.ts";

/** planOf makes the plan of a seed. */
export function planOf(seed: number, steps: number): Plan {
  const random = new Random(seed, "plan");
  const shards = random.pick([1, 1, 1, 2, 3, 3]);
  // Runs differ in what they are about, so that rare things meet.
  const mood = random.pick([
    "mixed",
    "mixed",
    "mixed",
    "claims",
    "asks",
    "watches",
    "keys",
    "hooks",
    "steps",
  ]);
  const pace = mood === "races" ? 2 : random.pick([3, 30, 300, 3_000]);
  const made: Step[] = [];
  const faults: Fault[] = [];
  const clumsiness = random.pick([0, 0.1, 0.3, 0.6]);
  let at = 0;
  for (let n = 0; n < steps; n++) {
    at += random.chance(0.4) ? random.between(0, 2) : random.between(0, 2 * pace);
    if (random.chance(0.04)) at += random.between(0, 60_000);
    made.push({
      at,
      does: random.chance(0.15) ? rushOf(random, mood, n) : deedOf(random, mood, n),
    });
    if (random.chance(clumsiness)) {
      const soon = random.chance(0.7) ? random.between(0, 8) : random.between(0, 20_000);
      faults.push({ at: at + soon, does: troubleOf(random, shards) });
    }
  }
  return { seed, shards, steps: made, faults, waits: true };
}

function deedOf(random: Random, mood: string, n: number): Deed {
  const of = random.below(Math.max(1, n));
  const favoured: Record<string, () => Deed> = {
    mixed: () => createOf(random, mood),
    claims: () => claimOf(random),
    asks: () => ({ type: random.pick(["answer", "get"] as const), of }),
    watches: () => watchingOf(random, of),
    keys: () => ({ type: "again", of }),
    steps: () => ({ type: random.pick(["cancel", "answer", "force", "get"] as const), of }),
    hooks: () => ({ type: random.pick(["deliveries", "redeliver"] as const), of }),
    races: () => raceOf(random, of),
  };
  if (n < 2 || random.chance(0.4)) return createOf(random, mood);
  if (random.chance(0.3)) return favoured[mood]?.() ?? createOf(random, mood);
  switch (random.below(16)) {
    case 0:
    case 1:
      return batchOf(random, mood);
    case 2:
      return { type: "cancel", of };
    case 3:
      return { type: "delete", of };
    case 4:
      return { type: "again", of };
    case 5:
      return { type: "answer", of };
    case 6:
    case 7:
      return claimOf(random);
    case 8:
    case 9:
      return watchingOf(random, of);
    case 10: {
      const leaves = random.chance(0.2) ? { leaves: random.between(0, 3_000) } : {};
      const milliseconds = random.pick([50, 1_000, 20_000, 50_000]);
      return { type: "wait", of, for: milliseconds, isChange: random.chance(0.3), ...leaves };
    }
    case 11:
      return { type: random.pick(["list", "stats", "trends"] as const) };
    case 12:
      return { type: random.pick(["redeliver", "deliveries", "result", "misuse"] as const), of };
    case 13:
      return random.chance(0.5) ? { type: "force", of } : pauseOf(random);
    default:
      return { type: "get", of };
  }
}

function pauseOf(random: Random): Deed {
  const kind = random.pick([...external, "simulate", "echo", "stepping", narrow]);
  return { type: "pause", kind, for: random.pick([10, 1_000, 20_000, 90_000]) };
}

/** Many of one sort at once, as they come to travel together. */
function rushOf(random: Random, mood: string, n: number): Deed {
  const of = () => random.below(Math.max(1, n));
  const one = random.pick<() => Deed>([
    () => createOf(random, mood),
    () => createOf(random, mood),
    () => ({ type: "get", of: of() }),
    () => ({ type: random.pick(["get", "cancel", "force", "again"] as const), of: of() }),
    () => claimOf(random),
    () => ({ type: random.pick(["list", "stats", "trends"] as const) }),
  ]);
  return { type: "rush", deeds: Array.from({ length: 3 + random.below(20) }, one) };
}

function createOf(random: Random, mood: string): Deed {
  const isKeyed = random.chance(mood === "keys" ? 0.9 : 0.4);
  return {
    type: "create",
    work: workOf(random, mood),
    ...(isKeyed && { key: keyOf(random) }),
    ...(random.chance(0.2) && { wait: random.pick([10, 500, 5_000, 30_000]) }),
  };
}

function batchOf(random: Random, mood: string): Deed {
  const works = Array.from({ length: 1 + random.below(5) }, () => workOf(random, mood));
  const isKeyed = random.chance(0.5);
  return { type: "batch", works, keys: isKeyed ? works.map(() => keyOf(random)) : [] };
}

function claimOf(random: Random): Deed {
  return {
    type: "claim",
    kinds: random.chance(0.7) ? external : [random.pick(external)],
    max: random.pick([1, 1, 3, 10, 100]),
    wait: random.pick([0, 0, 1_000, 20_000]),
    lease: random.pick([1_000, 5_000, 60_000]),
    does: random.pick([
      "complete",
      "complete",
      "fail",
      "give up",
      "vanish",
      "late",
      "report",
      "release",
    ]),
    after: random.pick([0, 1, 50, 900, 4_000]),
  };
}

/** What ends, or waits for the end, within some milliseconds of everything else. */
function raceOf(random: Random, of: number): Deed {
  if (random.chance(0.4)) return { type: "cancel", of };
  if (random.chance(0.2)) return { type: "delete", of };
  return { type: "wait", of, for: 1 + random.below(40), isChange: random.chance(0.3) };
}

function watchingOf(random: Random, of: number): Deed {
  if (random.chance(0.4)) return { type: "watch", transport: random.pick(transports), of };
  return { type: random.pick(["drop", "resume"] as const), which: random.below(8) };
}

function keyOf(random: Random): string {
  return `key-${random.below(2 ** 30).toString(36)}`;
}

const durations = [0, 0, 1, 5, 50, 800, 5_000, 40_000];
const deadlines = ["2s", "20s", "3m", "4m", "4m"];

function workOf(random: Random, mood: string): Work {
  const isExternal = random.chance(mood === "claims" ? 0.8 : 0.2);
  const asks = mood === "asks" ? 0.6 : 0.15;
  const kind = isExternal ? random.pick(external) : random.pick(["simulate", "simulate", narrow]);
  const outcome = random.chance(asks)
    ? "ask"
    : random.pick(["succeed", "succeed", "succeed", "fail", "hang"]);
  const duration = `${random.pick(mood === "races" ? [0, 1, 3, 8] : durations)}ms`;
  const steps = random.chance(0.3) ? 1 + random.below(4) : 0;
  if (random.chance(mood === "steps" ? 0.8 : 0.1)) return steppingOf(random);
  const isBare = !isExternal && random.chance(0.1);
  return {
    kind: isBare ? "echo" : kind,
    input: isBare || isExternal ? { n: random.below(1_000) } : { outcome, duration, steps },
    ttl: random.pick(mood === "races" ? ["50ms", "500ms", "5s"] : ["5s", "30s", "2m"]),
    deadline: random.pick(mood === "races" ? ["5ms", "50ms", "2s"] : deadlines),
    ...(random.chance(0.2) && { startAfter: random.pick(["1ms", "500ms", "5s", "30s"]) }),
    ...(random.chance(0.6) && {
      retry: {
        maxAttempts: 1 + random.below(4),
        initialInterval: random.pick(["1ms", "100ms", "2s"]),
      },
    }),
    ...(random.chance(mood === "hooks" ? 0.8 : 0.15) && {
      webhook: `https://hook-${random.below(4)}.example.com/`,
    }),
  };
}

/** What takes steps, and what it has done is to be undone in most cases. */
function steppingOf(random: Random): Work {
  const input = {
    outcome: random.pick(["succeed", "fail", "fail", "hang"]),
    each: random.pick([0, 1, 50, 800]),
    sleep: random.pick([0, 1_000, 6_000, 20_000]),
    asks: random.chance(0.2),
    ...(random.chance(0.2) && { stuck: random.pick(stepNames) }),
  };
  const retry = { maxAttempts: 1 + random.below(3), initialInterval: "100ms" };
  return {
    kind: "stepping",
    input,
    ttl: random.pick(["30s", "2m"]),
    deadline: random.pick(["100ms", "2s", "20s", "3m"]),
    ...(random.chance(0.3) && { retry }),
  };
}

function troubleOf(random: Random, shards: number): Trouble {
  const shard = random.below(shards);
  switch (random.below(24)) {
    case 0:
    case 1:
    case 2:
    case 3: {
      const [isCommitted, areOrphans] = [random.chance(0.5), random.chance(0.4)];
      const throwing = random.pick([0, 0, 0, 0, 1, 2]);
      return { type: "kill", shard, isCommitted, areOrphans, throwing };
    }
    case 4:
    case 5:
      return { type: "evict", shard };
    case 6:
      return { type: "lose alarm", shard };
    case 7:
      return { type: "late alarm", shard, by: random.pick([100, 5_000, 60_000]) };
    case 8:
      return { type: "early alarm", shard };
    case 9:
      return { type: "double alarm", shard };
    case 10:
    case 11:
    case 12:
      return {
        type: "statement",
        shard,
        after: random.below(6),
        count: random.pick([1, 1, 1, 3]),
      };
    case 13:
      return { type: "lose call", shard, when: random.pick(["before", "after"]) };
    case 14:
      return { type: "lose attempt", when: random.pick(["before", "after"]) };
    case 15:
      return { type: "down", shard, for: random.pick([1, 50, 3_000]) };
    case 16:
      return { type: "clock", by: random.pick([-5_000, -50, -5, 5, 1_000, 15_000, 100_000]) };
    case 17:
      return { type: "bad configuration", for: random.pick([100, 5_000, 30_000]) };
    case 18: {
      const kind = random.pick(["simulate", "echo", "stepping"]);
      return { type: "no kind", kind, for: random.pick([100, 5_000, 30_000]) };
    }
    case 20:
      return { type: "double ask", shard };
    case 21:
    case 22:
      return { type: "kill request", which: random.below(16) };
    case 19:
      return { type: "cut attempt", shard, throwing: random.pick([0, 1, 3]) };
    default:
      return random.chance(0.3)
        ? { type: "kill Worker" }
        : { type: "lose answer", when: random.pick(["before", "after"]) };
  }
}
