import { effect, signal } from "@preact/signals";
import { type KindDescription, RequestError } from "../../client/index.ts";
import { client, failed } from "./session.ts";

/** kinds is what the service can do, by name; undefined until that is known. */
export const kinds = signal<readonly KindDescription[] | undefined>(undefined);

/** kindsTrouble is why that is not known, for people. */
export const kindsTrouble = signal<string | undefined>(undefined);

/** readKinds reads them again: how they stand changes. What fails leaves what is known. */
export async function readKinds(): Promise<void> {
  const asked = client.value;
  try {
    const found = await asked?.kinds();
    if (found && client.value === asked) kinds.value = found;
  } catch (thrown) {
    failed(thrown);
  }
}

/** setPaused pauses a kind, or lets it go on, and returns what went wrong, for people. */
export async function setPaused(kind: string, isPaused: boolean): Promise<string | undefined> {
  try {
    const changed = await (isPaused
      ? client.value?.pauseKind(kind)
      : client.value?.resumeKind(kind));
    if (changed) kinds.value = kinds.value?.map((one) => (one.kind === kind ? changed : one));
    return undefined;
  } catch (thrown) {
    const isForbidden = thrown instanceof RequestError && thrown.status === 403;
    return isForbidden ? "This needs a token with the scope admin." : failed(thrown);
  }
}

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
