import { useSignal } from "@preact/signals";
import type { Operation } from "../../../client/index.ts";
import { exactTime, shortDuration } from "../../state/elapsed.ts";
import { progress, revision } from "../../state/feed.ts";
import { type Entry, logOf } from "../../state/operation/log.ts";
import { opened } from "../../state/operation/opened.ts";
import { Earlier } from "./earlier.tsx";

/** most is how many entries are shown before one asks for the earlier ones. */
const most = 100;

/** Log is what happened to an operation and what its work logged, in one order. */
export function Log({ operation }: { readonly operation: Operation }) {
  revision.value;
  const shown = useSignal(most);
  const entries = logOf(operation, opened.value?.attempts ?? [], progress.of(operation.id));
  const createdAt = Date.parse(operation.createdAt);
  const folded = Math.max(0, entries.length - shown.value);
  return (
    <section>
      <h3>Log</h3>
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
        {isLoud && <span class="level">{level}</span>}
        <span class="entry-title">{title}</span>
        {detail !== undefined && <span class="entry-detail">{detail}</span>}
        {Object.entries(line?.fields ?? {}).map(([name, value]) => (
          <span key={name} class="entry-field">
            <span class="field-name">{name}=</span>
            {String(value)}
          </span>
        ))}
      </span>
    </li>
  );
}
