import { now } from "../../state/clock.ts";
import { elapsed, shortDuration } from "../../state/elapsed.ts";
import { place } from "../../state/navigation.ts";
import { hashOf } from "../../state/place.ts";
import type { Row } from "../../state/row.ts";
import { Ago } from "../ago.tsx";
import { StatusName } from "../icon.tsx";
import { Label } from "../label.tsx";
import { Progress } from "../operation/progress.tsx";

interface TableRowProps {
  readonly row: Row;
  /** Its index among all rows that match the filter, from 0. */
  readonly index: number;
  /** Its distance from the top of the first row, in pixels. */
  readonly top: number;
  readonly isActive: boolean;
  readonly isOpen: boolean;
  readonly isChosen: boolean;
  /** As a range: with all rows from the one that was selected before. */
  readonly onChoose: (isRange: boolean) => void;
  readonly onPick: () => void;
}

/** TableRow is one operation in the table. */
export function TableRow(props: TableRowProps) {
  const { row, index, top, isActive, isOpen, isChosen, onChoose, onPick } = props;
  const isFinished = row.finishedAt !== undefined;
  const took = elapsed(row, isFinished ? 0 : now.value);
  return (
    <div
      role="row"
      id={`row-${row.id}`}
      class={`row${isActive ? " row-active" : ""}${isOpen ? " row-open" : ""}${isChosen ? " row-chosen" : ""}`}
      aria-rowindex={index + 2}
      aria-selected={isChosen}
      aria-current={isOpen}
      style={{ transform: `translateY(${top}px)` }}
      onClick={(event) => {
        if (!(event.target instanceof Element && event.target.closest("a, button, label")))
          onPick();
      }}
    >
      <span role="gridcell" class="cell cell-choose">
        <label>
          <input
            type="checkbox"
            tabIndex={-1}
            checked={isChosen}
            aria-label={`Select ${row.kind} ${row.id}`}
            onClick={(event) => onChoose(event.shiftKey)}
          />
        </label>
      </span>
      <span role="gridcell" class="cell cell-status">
        <StatusName status={row.status} />
      </span>
      <span role="gridcell" class="cell cell-kind">
        <a
          href={hashOf({ ...place.value, view: "now", open: row.id })}
          title={row.id}
          tabIndex={-1}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            onPick();
          }}
        >
          {row.kind}
        </a>
      </span>
      <span role="gridcell" class="cell cell-id" title={row.id}>
        {shortId(row.id)}
      </span>
      <span role="gridcell" class="cell cell-progress">
        {row.status === "running" && (
          <Progress percent={row.percentComplete} label={`Progress of ${row.id}`} />
        )}
        {!isFinished && row.percentComplete !== undefined && (
          <span class="percent">{Math.round(row.percentComplete)}%</span>
        )}
        {row.request !== undefined && (
          <span class="request" title={row.request}>
            {row.request}
          </span>
        )}
        <span class={row.status === "failed" ? "message message-failed" : "message"}>
          {toldOf(row)}
        </span>
      </span>
      <span role="gridcell" class="cell cell-created">
        <Ago at={row.createdAt} />
      </span>
      <span role="gridcell" class="cell cell-elapsed">
        {shortDuration(took)}
      </span>
      <span role="gridcell" class="cell cell-attempt">
        {row.attempt}
      </span>
      <span role="gridcell" class="cell cell-labels">
        {row.labels.map(([name, value]) => (
          <Label key={name} name={name} value={value} tabIndex={-1} />
        ))}
      </span>
    </div>
  );
}

function toldOf({ finishedAt, isCancelRequested, startAt, isAsleep, attempt, message }: Row) {
  if (finishedAt === undefined && isCancelRequested) return "Canceling…";
  if (startAt === undefined) return message;
  const wait = startAt > now.value ? ` in ${shortDuration(startAt - now.value)}` : "";
  if (attempt === 0) return wait === "" ? message : `Starts${wait}`;
  return [`${isAsleep ? "Wakes" : "Retry"}${wait}`, message].filter(Boolean).join(" · ");
}

/** The first characters of an id are its time, which neighbors share; the last ones distinguish them. */
function shortId(id: string): string {
  return id.length > 12 ? `…${id.slice(-8)}` : id;
}
