import module from "node:module";
import path from "node:path";
import envPaths from "env-paths";

/**
 * keepCompiled has Node keep what it compiles from now on, in the user's own cache directory: whoever can
 * write there can run code as the user, so it is not the machine's directory of temporary files. Node
 * before 22.1 keeps nothing; NODE_COMPILE_CACHE names another place, and NODE_DISABLE_COMPILE_CACHE
 * forbids it. Where nothing can be written, all is compiled at each start.
 */
export function keepCompiled(env: NodeJS.ProcessEnv): void {
  if ((env.NODE_COMPILE_CACHE ?? "") !== "") return;
  module.enableCompileCache?.(path.join(envPaths("kubecfg", { suffix: "" }).cache, "compiled"));
}
