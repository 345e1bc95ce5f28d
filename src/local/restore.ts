import path from "node:path";
import { parseArgs } from "node:util";
import { errorOf } from "../base/log.ts";
import { restoreState } from "./state/restore-state.ts";

// npm run restore: creates a state directory for npm run serve from a backup made by npm run backup.
//
// Status 0 when it is complete and on disk; 1 if it failed; 2 for wrong arguments.

const usage = "usage: npm run restore -- --from DIRECTORY --state DIRECTORY";

try {
  const { values } = parseArgs({
    options: { from: { type: "string" }, state: { type: "string" } },
  });
  if (values.from === undefined || values.state === undefined) {
    throw new Error("--from and --state are required");
  }
  process.exitCode = await restore(path.resolve(values.from), path.resolve(values.state));
} catch (error) {
  console.error(`${errorOf(error).message}\n${usage}`);
  process.exitCode = 2;
}

async function restore(from: string, state: string): Promise<number> {
  try {
    const { objects, files, startedAt } = await restoreState(from, state);
    console.log(`restored to ${state}: ${objects} objects, ${files} files, as of ${startedAt}`);
    return 0;
  } catch (error) {
    console.error(errorOf(error).message);
    return 1;
  }
}
