import { measure, type Task } from "./load.ts";

/** slice is how long a task runs between two looks at its CPU, in seconds. */
const slice = 1;

/** mostSlices bounds how long one is warmed up. */
const mostSlices = 15;

/** steadyFor is after how many slices in a row that brought nothing a task is warm. */
const steadyFor = 3;

/** gain is what a slice has to bring to count: a twentieth of the CPU a request. */
const gain = 0.95;

/**
 * warmUp runs a task until its CPU a request goes down no more: V8 compiles what runs often, and what
 * runs seldom, as a task of many parts does, for longer than a fixed time would give to all.
 */
export async function warmUp(task: () => Task, connections: number): Promise<void> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0, steady = 0; run < mostSlices && steady < steadyFor; run++) {
    const { cpu } = await measure(task(), connections, { seconds: slice });
    steady = cpu < least * gain ? 0 : steady + 1;
    least = Math.min(least, cpu);
  }
}
