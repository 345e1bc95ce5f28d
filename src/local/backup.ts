import path from "node:path";
import { parseArgs } from "node:util";
import { errorOf } from "../base/log.ts";
import { backupState } from "./state/backup-state.ts";

// npm run backup: copies the state directory of npm run serve, which may keep running, to a new directory.
//
// Status 0 when the copy is complete and on disk; 1 if it failed; 2 for wrong arguments.

const usage = "usage: npm run backup -- --to DIRECTORY [--state .state]";

try {
  const { values } = parseArgs({
    options: { state: { type: "string", default: ".state" }, to: { type: "string" } },
  });
  if (values.to === undefined) throw new Error("--to is required");
  process.exitCode = await backup(path.resolve(values.state), path.resolve(values.to));
} catch (error) {
  console.error(`${errorOf(error).message}\n${usage}`);
  process.exitCode = 2;
}

async function backup(state: string, to: string): Promise<number> {
  // The copies are as private as the state.
  process.umask(0o077);
  try {
    const { objects, files, bytes, startedAt } = await backupState(state, to);
    console.log(
      `backed up to ${to}: ${objects} objects, ${files} files, ${bytes} bytes, as of ${startedAt}`,
    );
    return 0;
  } catch (error) {
    console.error(errorOf(error).message);
    return 1;
  }
}
