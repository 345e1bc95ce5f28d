import { readFileSync } from "node:fs";

/** packageVersion is the version of the package that this is part of. */
export function packageVersion(): string {
  // From src/cli in a clone, and from dist/lib/cli in the package.
  for (const up of ["../../package.json", "../../../package.json"]) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8"));
      if (isManifest(manifest) && manifest.name === "edge-operations") return manifest.version;
    } catch {
      // Not there: the other place is next.
    }
  }
  return "unknown";
}

function isManifest(value: unknown): value is { name: string; version: string } {
  return typeof value === "object" && value !== null && "name" in value && "version" in value;
}
