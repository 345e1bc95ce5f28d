import { signal } from "@preact/signals";

const query = matchMedia("(prefers-color-scheme: dark)");

/** colorScheme is the preferred color scheme; canvases are drawn again when it changes. */
export const colorScheme = signal(query.matches ? "dark" : "light");

query.addEventListener("change", () => {
  colorScheme.value = query.matches ? "dark" : "light";
});
