import { effect, signal } from "@preact/signals";
import type { KindDescription } from "../../client/index.ts";
import { client, failed } from "./session.ts";

/** kinds is what the service can do, by name; undefined until that is known. */
export const kinds = signal<readonly KindDescription[] | undefined>(undefined);

/** kindsTrouble is why that is not known, for people. */
export const kindsTrouble = signal<string | undefined>(undefined);

/** startKinds reads the kinds whenever somebody signs in. */
export function startKinds(): void {
  effect(() => {
    const asked = client.value;
    kinds.value = undefined;
    kindsTrouble.value = undefined;
    asked?.kinds().then(
      (found) => {
        kinds.value = found;
      },
      (thrown) => {
        kindsTrouble.value = failed(thrown);
      },
    );
  });
}
