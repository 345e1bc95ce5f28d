import { ExitStatus } from "../exit-status.ts";
import type { Add } from "../run.ts";
export const addProxy: Add = (program, run) =>
  program.command("proxy").action(run(async () => ExitStatus.ok));
