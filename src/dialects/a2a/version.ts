import { quote } from "../../core/errors.ts";
import { version } from "./card.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** versionHeader says which version of the protocol a client uses. */
export const versionHeader = "A2A-Version";

/** refuseVersion returns why a request of another version is refused. Without the header, ours is assumed. */
export function refuseVersion({ headers }: Request): Refusal | undefined {
  const given = headers.get(versionHeader) || version;
  if (given === version) return undefined;
  return refuse("VERSION_NOT_SUPPORTED", `Unsupported version ${quote(given)}: must be ${version}`);
}
