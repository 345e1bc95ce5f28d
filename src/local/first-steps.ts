import path from "node:path";
import { quoted } from "../base/shell-word.ts";
import { projectRoot } from "./wrangler.ts";

/**
 * firstSteps returns what `npm start` prints: the address, the token, and shell commands that create an operation, wait
 * for it and list operations, also with kubecfg. Without a token to print, they use the shell's TOKEN. kubecfg is a
 * shell function there: `npx` would cache a clone beyond the build that it was made for.
 */
export function firstSteps(origin: string, token: string | undefined): string {
  const operations = `${origin}/api/v1/operations`;
  const authorization =
    token === undefined
      ? '-H "Authorization: Bearer $TOKEN"'
      : `-H ${quoted(`Authorization: Bearer ${token}`)}`;
  const body = quoted(JSON.stringify({ kind: "simulate", input: { duration: "3s" } }));
  const create = `curl -sS ${operations} ${authorization} -H 'Content-Type: application/json' -d ${body}`;
  const id = `grep -o '"id": *"[^"]*"' | head -n 1 | cut -d '"' -f 4`;

  return `
Edge Operations
  page   ${origin}/static/
  API    ${origin}/api/v1
  token  ${token ?? "none to show: TOKENS is set, so run TOKEN=… with one of its tokens first"}

Create an operation that takes three seconds:

A=$(${create}) && printf '%s\\n' "$A" && ID=$(printf '%s' "$A" | ${id})

Wait for it:

curl -sS -w '\\n' "${operations}/$ID?wait=30s" ${authorization}

List what there is:

curl -sS -w '\\n' '${operations}?limit=10' ${authorization}

Or with kubecfg, which reads the host and the token from the environment:

export KUBECFG_HOST=${origin} KUBECFG_TOKEN=${token === undefined ? '"$TOKEN"' : quoted(token)}
kubecfg() { node ${quoted(path.join(projectRoot, "dist/lib/kubecfg.js"))} "$@"; }
kubecfg create simulate --input '{"duration":"3s"}' --wait 30s

Stop it with Ctrl-C. For the log: npm start -- --log-level log
`;
}
