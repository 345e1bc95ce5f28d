import * as z from "zod/mini";
import { ofKinds, ofRoutes } from "../../../core/statistics/tally.ts";
import { type TrendRange, trendRanges } from "../../../core/statistics/trends.ts";
import { timestamp } from "./scalars.ts";
import { described, noted, saying } from "./vocabulary.ts";

/** ranges are the time ranges of trends. */
export const ranges = Object.keys(trendRanges) as TrendRange[];

const steps = Object.values(trendRanges).map((range) => range.steps);
const lengths = [z.minLength(Math.min(...steps)), z.maxLength(Math.max(...steps))] as const;

const counts = noted(z.array(z.int().check(z.gte(0))).check(...lengths), {
  id: "Column",
  description: `One count for each step, oldest first; ${steps.join(" or ")} of them.`,
});

const known = noted(z.array(z.nullable(z.number().check(z.gte(0)))).check(...lengths), {
  id: "GappyColumn",
  description: "One number for each step, oldest first; null if unknown.",
});

const ofKind = noted(z.object({ finished: counts, p50: known, p95: known, p99: known }), {
  id: "KindTrend",
  description:
    "How many have finished, and milliseconds from creation to end, including waits, at most a fifth too high.",
});

/** trends are counters over time. */
export const trends = described(
  noted(
    z.object({
      range: z.enum(ranges),
      from: saying(timestamp, "When the first step begins."),
      to: saying(timestamp, "When the last step will end."),
      at: saying(timestamp, "The time of this response."),
      step: z.int().check(z.gte(1)),
      created: counts,
      succeeded: counts,
      failed: counts,
      canceled: counts,
      running: saying(known, "Running at the end of each step, including `input_required`."),
      waiting: saying(known, "Unfinished but not running at the end of each step."),
      asking: saying(known, "How many of `running` asked for input."),
      parked: saying(
        known,
        "How many of `waiting` were asleep, or asked for input without an attempt.",
      ),
      kinds: z.record(z.string(), ofKind),
      requests: z.record(z.string(), counts),
    }),
    {
      id: "Trends",
      description: "Columns of the same length; the last entry is for the current step.",
    },
  ),
  {
    step: "Milliseconds. A count times 1000, divided by it, is a rate per second.",
    kinds: `By kind; those after the first ${ofKinds.most} are counted under \`(other)\`.`,
    requests: `By route pattern; those after the first ${ofRoutes.most} are counted under \`(other)\`.`,
  },
);
