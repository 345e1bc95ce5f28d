import { effect, signal } from "@preact/signals";
import { type KindDescription, RequestError } from "../../client/index.ts";
import { client, failed } from "./session.ts";

/** kinds are the kinds of the service, by name; undefined until they have been read. */
export const kinds = signal<readonly KindDescription[] | undefined>(undefined);

/** kindsTrouble is why they could not be read, for people. */
export const kindsTrouble = signal<string | undefined>(undefined);

/** readKinds reads the kinds again, because their state changes. After an error they stay as they were. */
export async function readKinds(): Promise<void> {
  const asked = client.value;
  try {
    const found = await asked?.kinds();
    if (found && client.value === asked) kinds.value = found;
  } catch (thrown) {
    failed(thrown);
  }
}

/** setPaused pauses or resumes a kind, and returns the error, for people. */
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

/** startKinds reads the kinds whenever a user signs in. */
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
