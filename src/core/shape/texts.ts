import { parseDuration } from "../../base/duration.ts";
import { parseTime } from "../../base/time.ts";
import { string } from "./shape.ts";

/** durationText is a duration in a request, see parseDuration. */
export const durationText = string({
  fits: (text) => parseDuration(text) !== undefined,
  want: "must be a duration such as 30s or 1h30m",
});

/** timeText is a time in a request, see parseTime. */
export const timeText = string({
  fits: (text) => parseTime(text) !== undefined,
  want: "must be a time such as 2026-11-21T19:16:00.000Z",
});
