import { parseTime } from "../../base/time.ts";
import { string } from "../../core/shape/shape.ts";

/** timeText is a time in a request, as parseTime reads it. */
export const timeText = string({
  fits: (text) => parseTime(text) !== undefined,
  want: "want a time such as 2026-11-21T19:16:00.000Z",
});
