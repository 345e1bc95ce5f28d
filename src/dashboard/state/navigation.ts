import { signal } from "@preact/signals";
import { hashOf, type Place, placeOf } from "./place.ts";

/** place is what is shown; it always matches the address. */
export const place = signal<Place>(placeOf(location.hash));

addEventListener("hashchange", () => {
  place.value = placeOf(location.hash);
});

/** go shows another place, and adds it to the browser's history. */
export function go(change: Partial<Place>): void {
  const next = { ...place.value, ...change };
  if (hashOf(next) === hashOf(place.value)) return;
  history.pushState(null, "", hashOf(next));
  place.value = next;
}

/** refine changes the place without adding it to the history, such as while a user types. */
export function refine(change: Partial<Place>): void {
  const next = { ...place.value, ...change };
  history.replaceState(null, "", hashOf(next));
  place.value = next;
}
