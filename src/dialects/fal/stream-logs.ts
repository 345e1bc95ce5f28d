import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { Asked } from "../../edge/exchange.ts";
import { type FalLine, loggedBy, reportedBy } from "./status.ts";

/** rest is the minimum time between two reads of the log, in milliseconds: one read has up to 1.3 MB. */
const rest = 1_000;

/** StreamLogs are the log lines of a stream, each sent once: the client joins the lines of all events. */
export class StreamLogs {
  #readAt = Number.NEGATIVE_INFINITY;
  #sent = { attempt: 0, line: 0 };
  #report = "";

  /** next returns the lines for the next event; at the end of an operation, all that are left. */
  async next({ map }: Pick<Asked, "map">, op: Operation): Promise<FalLine[]> {
    const lines: FalLine[] = [];
    const now = Date.now();
    if (isTerminal(op) || now - this.#readAt >= rest) {
      this.#readAt = now;
      const reply = await map.attempts(op.id);
      const { attempt, line } = this.#sent;
      const after = (reply.error ? [] : reply.attempts)
        .filter((one) => one.attempt >= attempt && one.log.length > 0)
        .map((one) => {
          this.#sent = { attempt: one.attempt, line: one.log.at(-1)?.line ?? 0 };
          return one.attempt === attempt
            ? { log: one.log.filter((logged) => logged.line > line) }
            : one;
        });
      lines.push(...loggedBy(after));
    }
    for (const report of reportedBy(op)) {
      if (report.message !== this.#report) lines.push(report);
      this.#report = report.message;
    }
    return lines;
  }
}
