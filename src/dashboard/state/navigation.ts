import { signal } from "@preact/signals";
import { hashOf, type Place, placeOf } from "./place.ts";

/** place is what is shown; the address always says the same. */
export const place = signal<Place>(placeOf(location.hash));

addEventListener("hashchange", () => {
  place.value = placeOf(location.hash);
});

/** go shows another place, as a step that the browser's Back takes back. */
export function go(change: Partial<Place>): void {
  const next = { ...place.value, ...change };
  if (hashOf(next) === hashOf(place.value)) return;
  history.pushState(null, "", hashOf(next));
  place.value = next;
}

/** refine changes the place without a step of its own, as while somebody types. */
export function refine(change: Partial<Place>): void {
  const next = { ...place.value, ...change };
  history.replaceState(null, "", hashOf(next));
  place.value = next;
}
