/** Progress is a progress bar, from 0 to 100; without a percentage it only shows that work continues. */
export function Progress({
  percent,
  label,
}: {
  readonly percent?: number | undefined;
  readonly label: string;
}) {
  const known = percent === undefined ? {} : { "aria-valuenow": percent };
  return (
    <span
      class={percent === undefined ? "progress progress-unknown" : "progress"}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...known}
    >
      <span class="progress-fill" style={{ width: percent === undefined ? "" : `${percent}%` }} />
    </span>
  );
}
