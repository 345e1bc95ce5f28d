import path from "node:path";
import { build } from "esbuild";

/** builtWorker is a Worker of this directory as one module. */
export async function builtWorker(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, file)],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd"],
    external: ["cloudflare:*"],
  });
  return outputFiles[0]?.text ?? "";
}
