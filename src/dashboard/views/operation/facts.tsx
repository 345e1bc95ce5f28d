import type { ComponentChildren } from "preact";
import { isAsleep, type Operation } from "../../../client/index.ts";
import { now } from "../../state/clock.ts";
import { dayAndTime, exactTime, shortDuration } from "../../state/elapsed.ts";
import { place } from "../../state/navigation.ts";
import { hashOf } from "../../state/place.ts";
import { Ago } from "../ago.tsx";
import { CopyButton } from "../copy-button.tsx";
import { Label } from "../label.tsx";

/** Facts summarize an operation. */
export function Facts({ operation }: { readonly operation: Operation }) {
  const { createdAt, attempt, priority, rerunOf, traceparent } = operation;
  const isOver = "finishedAt" in operation;
  const end = isOver ? Date.parse(operation.finishedAt) : now.value;
  const limit = isOver ? operation.expiresAt : operation.deadlineAt;
  const labels = Object.entries(operation.labels);
  // W3C Trace Context: version, trace id, parent id, flags.
  const traceId = traceparent?.split("-")[1];
  return (
    <dl class="facts">
      <Moment name="Created" at={Date.parse(createdAt)} />
      {isOver && <Moment name="Finished" at={end} />}
      <Fact name="Duration">{shortDuration(end - Date.parse(createdAt))}</Fact>
      <Fact name="Attempts">{attempt}</Fact>
      <Fact name={isOver ? "Expires" : isAsleep(operation) ? "Wakes" : "Deadline"}>
        <time dateTime={limit} title={exactTime(Date.parse(limit))}>
          {fromNow(Date.parse(limit), now.value)}
        </time>
      </Fact>
      {priority !== undefined && <Fact name="Priority">{priority}</Fact>}
      {rerunOf !== undefined && (
        <Fact name="Rerun of" isLong>
          <a href={hashOf({ ...place.value, open: rerunOf })}>
            <code>{rerunOf}</code>
          </a>
        </Fact>
      )}
      {traceId !== undefined && (
        <Fact name="Trace ID" isLong>
          <code>{traceId}</code>
          <CopyButton text={traceId} label="Copy trace ID" />
        </Fact>
      )}
      {labels.length > 0 && (
        <Fact name="Labels" isLong>
          <span class="labels">
            {labels.map(([name, value]) => (
              <Label key={name} name={name} value={value} />
            ))}
          </span>
        </Fact>
      )}
    </dl>
  );
}

/** A time, both relative to now and exact, to compare it with a log. */
function Moment({ name, at }: { readonly name: string; readonly at: number }) {
  return (
    <Fact name={name}>
      <span>
        <Ago at={at} />
        <span class="exact">{dayAndTime(at)}</span>
      </span>
    </Fact>
  );
}

interface FactProps {
  readonly name: string;
  /** Whether it takes a whole line. */
  readonly isLong?: boolean;
  readonly children: ComponentChildren;
}

function Fact({ name, isLong, children }: FactProps) {
  return (
    <div class={isLong ? "fact fact-long" : "fact"}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function fromNow(at: number, present: number): string {
  return at > present ? `in ${shortDuration(at - present)}` : "now";
}
