import { failed, ok, type Result } from "./result.ts";
/** Verbosity says which V(n) are enabled. */
export interface Verbosity {
  /** The level of modules that match no pattern. */
  readonly v: number;
  /** Patterns in order; the first that matches a module wins. */
  readonly modules: readonly { readonly pattern: string; readonly v: number }[];
}

/** quiet is the verbosity of an unconfigured process: only V(0). */
export const quiet: Verbosity = { v: 0, modules: [] };

/**
 * parseVerbosity parses `V` (a whole number from 0 to 10) and `VMODULE` (`http=2,object/*=1`), or returns what is
 * wrong.
 */
export function parseVerbosity(v: string, vmodule: string): Result<Verbosity, string> {
  if (!/^(\d|10)$/.test(v))
    return failed(`Cannot parse V "${v}": must be a whole number from 0 to 10`);
  const modules: { pattern: string; v: number }[] = [];
  for (const entry of vmodule.split(",").filter((part) => part.trim() !== "")) {
    const match = /^([\w.*?/-]+)=(\d|10)$/.exec(entry.trim());
    if (!match)
      return failed(`Cannot parse VMODULE entry "${entry.trim()}": must be pattern=level`);
    modules.push({ pattern: match[1] as string, v: Number(match[2]) });
  }
  return ok({ v: Number(v), modules });
}

/**
 * levelOf returns the highest n for which V(n) is enabled in a module. A pattern with a slash is matched against the
 * whole module name (`object/*`); one without, against the whole name, its folder, or its last part (`http`, `runner`),
 * as glog matches the file's base name.
 */
export function levelOf(verbosity: Verbosity, module: string): number {
  if (verbosity.modules.length === 0) return verbosity.v;
  const slash = module.lastIndexOf("/");
  const names = [module, module.slice(0, Math.max(slash, 0)), module.slice(slash + 1)];
  for (const { pattern, v } of verbosity.modules) {
    const candidates = pattern.includes("/") ? [module] : names;
    if (candidates.some((name) => glob(pattern).test(name))) return v;
  }
  return verbosity.v;
}

function glob(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}
