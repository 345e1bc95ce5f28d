import { type Answer, withConnections } from "./connection.ts";
import { processorTime } from "./process-facts.ts";
import { quantile } from "./quantile.ts";

/** Task is something to do over and over, `n` counting from 0 within one measurement. */
export interface Task {
  readonly origin: URL;
  /** pid is that of the workerd that does it. */
  readonly pid: number;
  request(n: number): string;
  /** check throws a WrongAnswer for an answer that is not right. */
  check(answer: Answer, n: number): void;
  /**
   * settled resolves when all that was asked for is done, with when that was, in milliseconds
   * since 1970; a task without it is done with its last answer.
   */
  settled?(): Promise<number>;
}

/** Extent is how long a load goes on. */
export type Extent = { readonly seconds: number } | { readonly count: number };

/** Sample is what one measurement found: a rate per second, latencies and CPU of workerd a request in milliseconds. */
export interface Sample {
  readonly count: number;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number;
  /** Every latency, the shortest first. */
  readonly latencies: readonly number[];
}

/**
 * measure does a task on so many connections, each with one request at a time. The rate counts
 * until everything is done; a latency is from writing a request to having read its answer.
 *
 * @param answered is told of each request when it was sent and answered, as `now` says
 */
export function measure(
  task: Task,
  connections: number,
  extent: Extent,
  answered?: (sent: number, at: number) => void,
): Promise<Sample> {
  return withConnections(task.origin, connections, async (open) => {
    const latencies: number[] = [];
    const most = "count" in extent ? extent.count : Number.POSITIVE_INFINITY;
    let n = 0;
    const used = await processorTime(task.pid);
    const began = now();
    const until = began + ("seconds" in extent ? extent.seconds * 1_000 : Number.POSITIVE_INFINITY);
    await Promise.all(
      open.map(async (connection) => {
        for (let sent = now(); sent < until && n < most; sent = now()) {
          const mine = n++;
          const answer = await connection.send(task.request(mine));
          const at = now();
          latencies.push(at - sent);
          answered?.(sent, at);
          task.check(answer, mine);
        }
      }),
    );
    const ended = Math.max(now(), (await task.settled?.()) ?? 0);
    const cpu = (await processorTime(task.pid)) - used;
    latencies.sort((a, b) => a - b);
    return {
      count: latencies.length,
      rate: (latencies.length / (ended - began)) * 1_000,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      cpu: cpu / latencies.length,
      latencies,
    };
  });
}

/** now is milliseconds since 1970, in fractions. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
