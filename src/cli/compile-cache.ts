import module from "node:module";
import path from "node:path";
import envPaths from "env-paths";

/**
 * keepCompiled makes Node cache compiled code in the user's own cache directory: whoever can write there can run code
 * as the user, so it must not be the machine's directory of temporary files. Node before 22.1 caches nothing;
 * NODE_COMPILE_CACHE names another directory, and NODE_DISABLE_COMPILE_CACHE turns the cache off. If nothing can be
 * written, everything is compiled at each start.
 */
export function keepCompiled(env: NodeJS.ProcessEnv): void {
  if ((env.NODE_COMPILE_CACHE ?? "") !== "") return;
  module.enableCompileCache?.(path.join(envPaths("kubecfg", { suffix: "" }).cache, "compiled"));
}
