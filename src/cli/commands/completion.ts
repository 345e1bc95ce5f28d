import tab from "@bomb.sh/tab/commander";
import type { Add } from "../run.ts";

/** addCompletion is `kubecfg completion SHELL`, and the hidden `kubecfg complete` that its scripts call. */
export const addCompletion: Add = (program) => {
  tab(program, { completionCommandName: "completion" });
  return program;
};
