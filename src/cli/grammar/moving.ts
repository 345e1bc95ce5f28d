import type { Add } from "../run.ts";
import { withExamples } from "./with-examples.ts";

/** addExport is `kubecfg export`. */
export const addExport: Add = (program, run) =>
  withExamples(
    program
      .command("export")
      .description(
        "Export all operations as JSON Lines, to import elsewhere (requires the scope admin).",
      )
      .option("-f, --file <file>", "the file to write (default, and -: standard output)")
      .option("--resume", "resume an interrupted export from FILE.part")
      .action(run(async () => (await import("../commands/moving/export.ts")).exportAll)),
    [["Export to a file", "kubecfg export -f operations.jsonl"]],
  );

/** addImport is `kubecfg import FILE`. */
export const addImport: Add = (program, run) =>
  withExamples(
    program
      .command("import")
      .description(
        "Import the operations of an export; repeating it changes nothing (requires the scope admin).",
      )
      .argument("<file>", "a file written by kubecfg export")
      .option("--start", "start unfinished operations; otherwise they end as interrupted")
      .option("--partial", "accept a file that was cut off")
      .action(run(async () => (await import("../commands/moving/import.ts")).importFile)),
    [["Import into another deployment", "kubecfg --context new import operations.jsonl"]],
  );

/** addDeleteTenant is `kubecfg delete-tenant NAME`. */
export const addDeleteTenant: Add = (program, run) =>
  withExamples(
    program
      .command("delete-tenant")
      .description(
        "Delete everything that the token's tenant has, permanently (requires the scope admin).",
      )
      .argument("<name>", "the name of the tenant")
      .option("--yes", "do not ask for confirmation")
      .action(run(async () => (await import("../commands/moving/delete-tenant.ts")).deleteTenant)),
    [["Delete acme", "kubecfg delete-tenant acme"]],
  );
