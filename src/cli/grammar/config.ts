import type { Add } from "../run.ts";
import { withExamples } from "./with-examples.ts";

/** addConfig is `kubecfg config`, with what it does to saved contexts. */
export const addConfig: Add = (program, run) => {
  const config = program
    .command("config")
    .description("List, select and edit saved contexts, each a host and a token under a name.");
  withExamples(
    config
      .command("get-contexts")
      .description("List the contexts, without their tokens.")
      .action(run(async () => (await import("../commands/own/config.ts")).getContexts)),
    [["List their names", "kubecfg config get-contexts -o id"]],
  );
  config
    .command("current-context")
    .description("Print the current context.")
    .action(run(async () => (await import("../commands/own/config.ts")).currentContext));
  withExamples(
    config
      .command("use-context")
      .description("Switch to a context.")
      .argument("<context>", "its name")
      .action(run(async () => (await import("../commands/own/config.ts")).useContext)),
    [["Use staging", "kubecfg config use-context staging"]],
  );
  withExamples(
    config
      .command("set-context")
      .description("Add or change a context, with --host, --base-path and --token.")
      .argument("<context>", "its name")
      .action(run(async () => (await import("../commands/own/config.ts")).setContext)),
    [
      [
        "Add staging, with the token from standard input",
        "pass staging | kubecfg config set-context staging --host staging.example.com --token -",
      ],
    ],
  );
  withExamples(
    config
      .command("delete-context")
      .description("Delete a context and its token.")
      .argument("<context>", "its name")
      .action(run(async () => (await import("../commands/own/config.ts")).deleteContext)),
    [["Forget staging", "kubecfg config delete-context staging"]],
  );
  return config;
};
