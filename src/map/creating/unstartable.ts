import { type Failure, invalid } from "../../core/errors.ts";
import { parseJson } from "../../core/json/json.ts";
import type { AskedWork } from "../../core/moving/moving.ts";
import type { TenantPlace } from "../place.ts";
import { check } from "./check.ts";

/**
 * unstartable returns why no create could ask for the work of an operation today that no create here has made, since
 * code relies on what its kind has checked. It returns undefined if one could.
 *
 * @param input as JSON text, empty if there is none
 */
export async function unstartable(
  place: TenantPlace,
  { kind, labels, external, upstream, waitDeadline }: AskedWork,
  input: string,
): Promise<Failure | undefined> {
  const parsed = input === "" ? undefined : parseJson(input);
  if (parsed && !parsed.ok) {
    return invalid([{ path: "input", message: parsed.failure.message }]);
  }
  const checked = await check(place, {
    kind,
    labels,
    input: parsed?.value.value,
    ...(parsed && { exactInput: parsed.value.exact }),
    ...(waitDeadline !== undefined && { waitDeadline }),
  });
  if (checked.error) return checked.error;
  const { command } = checked;
  if (command.external !== external) {
    const who = command.external ? "an outside worker" : "the Worker itself";
    return invalid([{ path: "operation.external", message: `its kind is handled by ${who} here` }]);
  }
  // This name counts how many attempts request an upstream at once.
  if (upstream && upstream.name !== command.upstream?.name) {
    return invalid([{ path: "operation.upstream", message: "must match the input" }]);
  }
  return undefined;
}
