import { Option } from "commander";
import type { Add } from "../run.ts";
import { collect } from "../settings/arguments.ts";
import { addFilterOptions, labelHelp } from "../settings/filter-options.ts";
import { cancelOnInterrupt } from "./cancel-on-interrupt.ts";
import { withExamples } from "./with-examples.ts";

/** addList is `kubecfg list`. */
export const addList: Add = (program, run) =>
  withExamples(
    addFilterOptions(
      program.command("list").alias("ls").description("List operations, newest first."),
    )
      .option("--order <order>", "asc (oldest first) or desc (default)")
      .option("--limit <number>", "show at most this many (default: 100)")
      .option("--all", "show all of them")
      .action(run(async () => (await import("../commands/list.ts")).list)),
    [
      ["List what failed in the last hour", "kubecfg list --status failed --since 1h"],
      ["List the ids of one customer's operations", "kubecfg list -l customer=42 -o id"],
    ],
  );

/** addGet is `kubecfg get ID…`. */
export const addGet: Add = (program, run) =>
  withExamples(
    program
      .command("get")
      .description("Show the current state of operations.")
      .argument("<id...>", "the operations")
      .action(run(async () => (await import("../commands/get.ts")).get)),
    [
      ["Show one as JSON", "kubecfg get ID -o json"],
      ["Print only its status", "kubecfg get ID -o 'jsonpath={.status}'"],
    ],
  );

/** addDescribe is `kubecfg describe ID…`. */
export const addDescribe: Add = (program, run) =>
  withExamples(
    program
      .command("describe")
      .description("Show operations with their attempts: steps, progress and the end of the log.")
      .argument("<id...>", "the operations")
      .action(run(async () => (await import("../commands/describe.ts")).describe)),
    [["Show everything about one", "kubecfg describe ID"]],
  );

/** addLogs is `kubecfg logs ID`. */
export const addLogs: Add = (program, run) =>
  withExamples(
    program
      .command("logs")
      .description("Print what the attempts of an operation logged.")
      .argument("<id>", "the operation")
      .option("-f, --follow", "follow the log until the operation ends")
      .action(run(async () => (await import("../commands/logs.ts")).logs)),
    [["Follow the log of one", "kubecfg logs -f ID"]],
  );

/** addResult is `kubecfg result ID`. */
export const addResult: Add = (program, run) =>
  withExamples(
    program
      .command("result")
      .description("Write the result of an operation, byte for byte.")
      .argument("<id>", "the operation")
      .addOption(
        new Option("-o, --output <file>", "the file to write (default, and -: standard output)"),
      )
      .option("--wait <duration>", "wait up to this long for it; exit status 4 if there is none")
      .action(run(async () => (await import("../commands/result.ts")).result)),
    [["Wait for a result, and save it", "kubecfg result ID --wait 1m -o result.json"]],
  );

/** addOutput is `kubecfg output ID`. */
export const addOutput: Add = (program, run) =>
  withExamples(
    program
      .command("output")
      .description("Write the output of an operation's work, byte for byte.")
      .argument("<id>", "the operation")
      .option("-f, --follow", "follow the output until the operation ends")
      .option("--after <position>", "skip this many bytes")
      .action(run(async () => (await import("../commands/output.ts")).output)),
    [["Follow the output of one", "kubecfg output -f ID"]],
  );

/** addWait is `kubecfg wait ID…`. */
export const addWait: Add = (program, run) =>
  withExamples(
    program
      .command("wait")
      .description("Wait until all have ended; exit status 1 if one failed, 4 after --timeout.")
      .argument("<id...>", "the operations")
      .addOption(cancelOnInterrupt())
      .action(run(async () => (await import("../commands/wait.ts")).wait)),
    [["Wait for two, for five minutes at most", "kubecfg wait ID1 ID2 --timeout 5m"]],
  );

/** addWatch is `kubecfg watch [ID…]`. */
export const addWatch: Add = (program, run) =>
  withExamples(
    program
      .command("watch")
      .description(
        "Show operations as they change: those named until they end, or all until Ctrl-C.",
      )
      .argument("[id...]", "the operations (default: all of them)")
      .option("--kind <kind>", "only this kind; may be repeated; not with ids", collect)
      .option("-l, --label <name=value>", `only those ${labelHelp}; not with ids`, collect)
      .addOption(cancelOnInterrupt())
      .action(run(async () => (await import("../commands/watch.ts")).watch)),
    [
      ["Watch one until it ends", "kubecfg watch ID"],
      ["Watch all of one kind", "kubecfg watch --kind simulate"],
    ],
  );
