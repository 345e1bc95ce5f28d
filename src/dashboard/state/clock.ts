import { signal } from "@preact/signals";

/** now is the time of this machine, milliseconds since 1970; it moves on every second. */
export const now = signal(Date.now());

setInterval(() => {
  now.value = Date.now();
}, 1_000);
