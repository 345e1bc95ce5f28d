import type { Status } from "../../core/operation/operation.ts";

/** StatusIcon shows a status by shape as well as by color. It is hidden from screen readers: the word is next to it. */
export function StatusIcon({ status }: { readonly status: Status }) {
  return (
    <svg class={`icon icon-${status}`} viewBox="0 0 16 16" aria-hidden="true">
      {shapes[status]}
    </svg>
  );
}

const ring = <circle class="ring" cx="8" cy="8" r="6.25" />;
const disc = <circle class="disc" cx="8" cy="8" r="7" />;

const shapes = {
  pending: [ring, <path class="mark" d="M8 4.8V8l2.1 1.6" />],
  running: [ring, <path class="arc" d="M8 1.75A6.25 6.25 0 0 1 14.25 8" />],
  input_required: [
    disc,
    <path class="mark" d="M6.2 6.3a1.8 1.8 0 1 1 2.5 1.7c-.5.2-.7.5-.7 1.1M8 11.3v.1" />,
  ],
  succeeded: [disc, <path class="mark" d="m5 8.2 2.1 2.1L11 6.2" />],
  failed: [disc, <path class="mark" d="m5.7 5.7 4.6 4.6m0-4.6-4.6 4.6" />],
  canceled: [ring, <path class="mark" d="m4.6 11.4 6.8-6.8" />],
};

/** StatusName is a status as a word with its icon. */
export function StatusName({ status }: { readonly status: Status }) {
  return (
    <span class={`status status-${status}`}>
      <StatusIcon status={status} />
      <span>{statusNames[status]}</span>
    </span>
  );
}

/** statusNames are the names of statuses for people. */
export const statusNames: Readonly<Record<Status, string>> = {
  pending: "Pending",
  running: "Running",
  input_required: "Needs input",
  succeeded: "Succeeded",
  failed: "Failed",
  canceled: "Canceled",
};
