import { useSignal } from "@preact/signals";
import type { Operation } from "../../../client/index.ts";
import { now } from "../../state/clock.ts";
import { shortDuration } from "../../state/elapsed.ts";
import { progress, revision } from "../../state/feed.ts";
import { type Moment, timelineOf } from "../../state/operation/timeline.ts";

/** most is how many reports of progress are shown before one asks for the earlier ones. */
const most = 12;

/** Timeline is the life of an operation. */
export function Timeline({ operation }: { readonly operation: Operation }) {
  revision.value;
  const moments = timelineOf(operation, progress.of(operation.id));
  const createdAt = Date.parse(operation.createdAt);
  const isWhole = useSignal(false);
  const reports = moments.filter(({ type }) => type === "progress");
  const folded = new Set(isWhole.value ? [] : reports.slice(0, -most));
  const firstFolded = reports[0];
  return (
    <section>
      <h3>Timeline</h3>
      <ol class="timeline">
        {moments.map((moment, index) => {
          if (folded.size > 0 && moment === firstFolded) {
            return (
              <li key="folded" class="moment moment-progress moment-folded">
                <button
                  type="button"
                  class="quiet"
                  onClick={() => {
                    isWhole.value = true;
                  }}
                >
                  Show {folded.size} earlier
                </button>
              </li>
            );
          }
          if (folded.has(moment)) return null;
          return <Entry key={`${index} ${moment.type}`} moment={moment} createdAt={createdAt} />;
        })}
      </ol>
    </section>
  );
}

function Entry({ moment, createdAt }: { moment: Moment; createdAt: number }) {
  const { at, type, title, detail, status } = moment;
  const isToCome = type === "deadline" || type === "expires";
  return (
    <li class={`moment moment-${type}${status ? ` moment-${status}` : ""}`}>
      <span class="moment-title">{isToCome ? `${title} ${fromNow(at, now.value)}` : title}</span>
      {detail !== undefined && <span class="moment-detail">{detail}</span>}
      <time
        class="moment-time"
        dateTime={new Date(at).toISOString()}
        title={new Date(at).toISOString()}
      >
        {isToCome || type === "created" ? clockTime(at) : `+${shortDuration(at - createdAt)}`}
      </time>
    </li>
  );
}

function fromNow(at: number, present: number): string {
  return at > present ? `in ${shortDuration(at - present)}` : "now";
}

function clockTime(at: number): string {
  const date = new Date(at);
  const day = new Date(now.peek()).toDateString() === date.toDateString();
  return day ? date.toLocaleTimeString() : date.toLocaleString();
}
