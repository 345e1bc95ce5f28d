import { readFileSync } from "node:fs";

/** packageVersion is the version of the package that this is part of. */
export function packageVersion(): string {
  // From src/cli in a clone, and from dist/lib in the package.
  const manifest: unknown = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  return isManifest(manifest) ? manifest.version : "unknown";
}

function isManifest(value: unknown): value is { version: string } {
  return typeof value === "object" && value !== null && "version" in value;
}
