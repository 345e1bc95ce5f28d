import { useSignal } from "@preact/signals";
import type { Operation } from "../../../client/index.ts";
import { exactTime, shortDuration } from "../../state/elapsed.ts";
import { progress, revision } from "../../state/feed.ts";
import { type Entry, isProblem, logOf, logText } from "../../state/operation/log.ts";
import { opened } from "../../state/operation/opened.ts";
import { CopyButton } from "../copy-button.tsx";
import { Earlier } from "./earlier.tsx";

/** most is how many entries are shown at first. */
const most = 100;

/** Log shows events of an operation and the log lines of its work, in one order. */
export function Log({ operation }: { readonly operation: Operation }) {
  revision.value;
  const shown = useSignal(most);
  const isNarrowed = useSignal(false);
  const all = logOf(operation, opened.value?.attempts ?? [], progress.of(operation.id));
  const problems = all.filter(isProblem);
  const entries = isNarrowed.value ? problems : all;
  const createdAt = Date.parse(operation.createdAt);
  const folded = Math.max(0, entries.length - shown.value);
  return (
    <section>
      <div class="section-head">
        <h3>Log</h3>
        <CopyButton text={() => logText(entries)} label="Copy log" />
        {problems.length > 0 && problems.length < all.length && (
          <button
            type="button"
            class="quiet"
            aria-pressed={isNarrowed.value}
            onClick={() => {
              isNarrowed.value = !isNarrowed.value;
            }}
          >
            Problems only ({problems.length})
          </button>
        )}
      </div>
      <ol class="log">
        <Earlier
          count={Math.min(folded, 10 * most)}
          onShow={() => {
            shown.value += 10 * most;
          }}
        />
        {entries.slice(folded).map((entry, index) => (
          <EntryRow key={folded + index} entry={entry} createdAt={createdAt} />
        ))}
      </ol>
    </section>
  );
}

function EntryRow({ entry, createdAt }: { entry: Entry; createdAt: number }) {
  const { at, type, title, detail, status, line } = entry;
  const level = line?.level ?? "info";
  const isLoud = level !== "info";
  return (
    <li class={`entry entry-${type}${status ? ` entry-${status}` : ""} level-${level}`}>
      <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
        {shortDuration(at - createdAt)}
      </time>
      <span class="entry-text">
        {isLoud && <span class="level">{level} </span>}
        <span class="entry-title">{title}</span>
        {detail !== undefined && <span class="entry-detail"> {detail}</span>}
        {Object.entries(line?.fields ?? {}).map(([name, value]) => (
          <span key={name} class="entry-field">
            <span class="field-name"> {name}=</span>
            {String(value)}
          </span>
        ))}
      </span>
    </li>
  );
}
