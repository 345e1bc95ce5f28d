import type { Attempt, AttemptStep } from "../../../client/index.ts";
import { now } from "../../state/clock.ts";
import { shortDuration } from "../../state/elapsed.ts";
import { opened } from "../../state/operation/opened.ts";

/** Attempts is what became of each attempt of the open operation: its steps, and what it logged. */
export function Attempts() {
  const attempts = opened.value?.attempts ?? [];
  const [only] = attempts;
  // Of one attempt that says nothing, the timeline has said all.
  const isPlain = attempts.length === 1 && only && only.steps.length + only.log.length === 0;
  if (attempts.length === 0 || (isPlain && only.error?.stack === undefined)) return null;
  return (
    <section>
      <h3>Attempts</h3>
      {attempts.map((attempt) => (
        <details key={attempt.attempt} class="attempt" open={attempt === attempts.at(-1)}>
          <summary>
            Attempt {attempt.attempt}: {attempt.outcome ?? "running"}, {tookOf(attempt)}
            {attempt.worker !== undefined && `, ${attempt.worker}`}
          </summary>
          {attempt.error && (
            <p>
              {attempt.error.code}: {attempt.error.message}
            </p>
          )}
          {attempt.error?.stack !== undefined && <pre>{attempt.error.stack}</pre>}
          {attempt.steps.length > 0 && (
            <ul class="attempt-steps">
              {attempt.steps.map((step) => (
                <li key={step.name}>{stepText(step)}</li>
              ))}
            </ul>
          )}
          {attempt.log.length > 0 && (
            <pre class="attempt-log">
              {attempt.log.map((line) => `${lineText(line)}\n`).join("")}
            </pre>
          )}
        </details>
      ))}
    </section>
  );
}

function tookOf({ startedAt, endedAt }: Attempt): string {
  const end = endedAt === undefined ? now.value : Date.parse(endedAt);
  return shortDuration(Math.max(0, end - Date.parse(startedAt)));
}

function stepText({ name, type, startedAt, endedAt, until, error, undo }: AttemptStep): string {
  const why = undo?.error;
  const took = endedAt && shortDuration(Date.parse(endedAt) - Date.parse(startedAt));
  const said = [
    type === "step" ? undefined : type,
    took ?? (until && `until ${new Date(until).toLocaleTimeString()}`),
    error && `${error.code}: ${error.message}`,
    undo?.state === "due" ? undefined : undo?.state.replace("_", " "),
    why && `${why.code}: ${why.message}`,
  ];
  return `${name}: ${said.filter((text) => text !== undefined).join(", ")}`;
}

function lineText({ time, level, message, fields = {} }: Attempt["log"][number]): string {
  const more = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  const at = new Date(time).toLocaleTimeString();
  return [at, level.toUpperCase(), message, ...more].join(" ");
}
