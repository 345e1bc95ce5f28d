import type { Add } from "../run.ts";
import { collect } from "../settings/arguments.ts";
import { scopes } from "../settings/scopes.ts";
import { withExamples } from "./with-examples.ts";

/** addToken is `kubecfg token new`. */
export const addToken: Add = (program, run) => {
  const token = program.command("token").description("Create tokens; works offline.");
  withExamples(
    token
      .command("new")
      .description("Create a token. It is shown once, with its entry for TOKENS.")
      .requiredOption("--tenant <name>", "the tenant that it gives access to")
      .option(
        "--scope <scopes>",
        `what it allows: ${scopes.join(", ")} (default: read,write)`,
        collect,
      )
      .action(run(async () => (await import("../commands/own/token.ts")).newToken)),
    [["Create a read-only token", "kubecfg token new --tenant acme --scope read"]],
  );
  return token;
};

/** addProxy is `kubecfg proxy`. */
export const addProxy: Add = (program, run) =>
  withExamples(
    program
      .command("proxy")
      .description(
        "Serve the API on this machine only, adding the token to requests. Until Ctrl-C, every program on this machine can use it.",
      )
      .option("--port <number>", "the port; 0 picks a free one (default: 8001)")
      .option("--www <dir>", "serve the files of a directory under /static/")
      .action(run(async () => (await import("../commands/proxy.ts")).proxy)),
    [["Serve on a free port", "kubecfg proxy --port 0"]],
  );

/** addLogin is `kubecfg login`. */
export const addLogin: Add = (program, run) =>
  withExamples(
    program
      .command("login")
      .description("Prompt for a host and a token, check them, and save them for later commands.")
      .option("--no-verify", "save them without checking them")
      .action(run(async () => (await import("../commands/own/login.ts")).login)),
    [
      ["Enter both at prompts", "kubecfg login"],
      [
        "Read the token from a file",
        "kubecfg login --host operations.example.com --token @token.txt",
      ],
    ],
  );

/** addLogout is `kubecfg logout`. */
export const addLogout: Add = (program, run) =>
  program
    .command("logout")
    .description("Delete the saved login.")
    .action(run(async () => (await import("../commands/own/logout.ts")).logout));

/** addVersion is `kubecfg version`. */
export const addVersion: Add = (program, run) =>
  withExamples(
    program
      .command("version")
      .description("Print the versions of kubecfg, Node and, if you are logged in, the service.")
      .option("--client", "do not contact the service")
      .action(run(async () => (await import("../commands/own/version.ts")).version)),
    [["Print only the version of kubecfg", "kubecfg --version"]],
  );

/** addCompletion is `kubecfg completion SHELL`. */
export const addCompletion: Add = (program, run) =>
  withExamples(
    program
      .command("completion")
      .description(
        "Print a script that completes kubecfg's command line: bash, zsh, fish or powershell.",
      )
      .argument("<shell>", "bash, zsh, fish or powershell")
      .action(run(async () => (await import("../commands/own/completion.ts")).completion)),
    [
      ["Enable completion in this bash", "source <(kubecfg completion bash)"],
      [
        "Enable completion in every fish",
        "kubecfg completion fish > ~/.config/fish/completions/kubecfg.fish",
      ],
    ],
  );

/** addComplete is the hidden `kubecfg complete -- WORD…`, which those scripts ask. */
export const addComplete: Add = (program, run) =>
  program
    .command("complete", { hidden: true })
    .argument("[words...]")
    .action(run(async () => (await import("../commands/own/completion.ts")).complete));
