import { quote } from "../../core/errors.ts";
import { version } from "./card.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** versionHeader says which version of the protocol a client speaks. */
export const versionHeader = "A2A-Version";

/** refuseVersion says why a request of another version is refused. One that says none is taken for ours. */
export function refuseVersion({ headers }: Request): Refusal | undefined {
  const given = headers.get(versionHeader) || version;
  if (given === version) return undefined;
  return refuse("VERSION_NOT_SUPPORTED", `Unsupported version ${quote(given)}: must be ${version}`);
}
