import { useSignal } from "@preact/signals";
import type { Operation } from "../../../client/index.ts";
import type { Status } from "../../../core/operation/operation.ts";
import { now } from "../../state/clock.ts";
import { exactTime, shortDuration } from "../../state/elapsed.ts";
import { opened } from "../../state/operation/opened.ts";
import { type Scale, scaleOf } from "../../state/operation/scale.ts";
import { type Bar, timelineOf } from "../../state/operation/timeline.ts";
import { StatusIcon } from "../icon.tsx";
import { Earlier } from "./earlier.tsx";

/** most is how many bars are shown at first. */
const most = 60;

/** Timeline shows what an operation spent its time on, as bars to scale. */
export function Timeline({ operation }: { readonly operation: Operation }) {
  const isWhole = useSignal(false);
  const isEven = useSignal(false);
  const isOver = "finishedAt" in operation;
  const end = isOver ? Date.parse(operation.finishedAt) : now.value;
  const bars = timelineOf(operation, opened.value?.attempts ?? [], end);
  const from = Date.parse(operation.createdAt);
  // Clocks differ: something that has just started may lie in the future.
  const to = Math.max(from + 1, end, ...bars.map((bar) => bar.to ?? bar.from));
  const busy = bars
    .filter(({ type }) => type === "attempt")
    .map((bar) => ({ from: bar.from, to: bar.to ?? end }));
  const short = scaleOf({ from, to }, busy);
  const scale = isEven.value ? scaleOf({ from, to }, []) : short;
  const folded = isWhole.value ? 0 : Math.max(0, bars.length - most);
  return (
    <section class="timeline">
      <div class="section-head">
        <h3>Timeline</h3>
        <span class="note">
          {shortDuration(to - from)}
          {scale.isShortened && ", waits shortened"}
        </span>
        {short.isShortened && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              isEven.value = !isEven.value;
            }}
          >
            {isEven.value ? "Shorten waits" : "Show to scale"}
          </button>
        )}
      </div>
      <ol class="bars">
        <li class="scale" aria-hidden="true">
          <span>0</span>
          <span>{shortDuration(scale.timeAt(0.5) - from)}</span>
          <span>{shortDuration(to - from)}</span>
        </li>
        <Earlier
          count={folded}
          onShow={() => {
            isWhole.value = true;
          }}
        />
        {bars.slice(folded).map((bar) => (
          <BarRow key={bar.key} bar={bar} scale={scale} end={end} />
        ))}
      </ol>
    </section>
  );
}

interface BarRowProps {
  readonly bar: Bar;
  readonly scale: Scale;
  readonly end: number;
}

function BarRow({ bar, scale, end }: BarRowProps) {
  const { type, title, state, until, details, stack } = bar;
  const to = bar.to ?? Math.max(end, bar.from);
  const left = scale.placeOf(bar.from);
  const width = scale.placeOf(to) - left;
  const isInside = type === "step" || type === "sleep" || type === "ask";
  const rest = until !== undefined && until > now.value ? until - now.value : undefined;
  return (
    <li class={`bar-row bar-${type}${isInside ? " bar-inside" : ""}`}>
      <span class="bar-title">
        <StatusIcon status={iconOf(bar)} />
        <span class="bar-name" title={title}>
          {rest === undefined ? title : restTitle(bar, rest)}
          {bar.isResumed && <span class="bar-note"> resumed</span>}
        </span>
      </span>
      <span class="track" aria-hidden="true" title={exactTime(bar.from)}>
        <span
          class={`fill fill-${bar.to === undefined && state !== "waiting" ? "running" : state}`}
          style={{ left: `${left * 100}%`, width: `${width * 100}%` }}
        />
      </span>
      <span class="bar-took">{shortDuration(to - bar.from)}</span>
      {details.length > 0 && (
        <span class={state === "failed" ? "bar-details bar-failed" : "bar-details"}>
          {details.join(" · ")}
        </span>
      )}
      {stack !== undefined && (
        <details class="stack">
          <summary>Stack</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it */}
          <pre tabIndex={0} role="region" aria-label="Stack">
            {stack}
          </pre>
        </details>
      )}
    </li>
  );
}

function restTitle({ type, title }: Bar, rest: number): string {
  const wait = `in ${shortDuration(rest)}`;
  if (type === "queue") return `Starts ${wait}`;
  return type === "wait" ? `Retry ${wait}` : `${title}, ends ${wait}`;
}

function iconOf({ type, state, to }: Bar): Status {
  if (type === "ask") return to === undefined ? "input_required" : "succeeded";
  if (state !== "waiting") return state;
  return "pending";
}
