import { signal } from "@preact/signals";

/** now is the time on this machine, in milliseconds since 1970; it is updated every second. */
export const now = signal(Date.now());

setInterval(() => {
  now.value = Date.now();
}, 1_000);
